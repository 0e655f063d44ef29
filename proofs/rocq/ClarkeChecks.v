(** Checkers of Clarke stationarity and of its refutation, and their soundness. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Clarke Claims Integers Prepare Facts
  Functional Checks.
Import ListNotations.

(** A proof by cases that no cell gradient of a neuron is orthogonal to, or opposite to, v. *)
Inductive separation := Separated | EmptyCell (multipliers : list (nat * Z))
  | Cases (q : nat) (positive_part negative_part : separation).

Definition side_sign (s : side) : Z :=
  match s with undecided => 0 | positive_side => 1 | negative_side => -1 end%Z.

Section Checkers.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Local Open Scope Z_scope.

Definition cell_row (f : functional) (u : row) : row :=
  vadd (linear f) (lincomb (d S) (map (fun kc => Z.sgn (zdot (dir (fst kc)) u) * snd kc) (kinks f))
                                 (map (fun kc => dir (fst kc)) (kinks f))).
Definition cell_ok (f : functional) (u : row) : bool :=
  Nat.eqb (length u) (d S)
  && forallb (fun kc => negb (Z.eqb (zdot (dir (fst kc)) u) 0)) (kinks f).
(** Multipliers over one denominator, each with an integer point of its cell. *)
Definition combination := (positive * list (Z * row))%type.
Definition combination_ok (pre : prepared) (i : nat) (ps : list row) (x : combination) : bool :=
  let f := contract S ps (kinks_at pre i) (height (p_V pre) i) in
  Z.eqb (zsum (map fst (snd x))) (Zpos (fst x))
  && forallb (fun lu => Z.leb 0 (fst lu) && cell_ok f (snd lu)) (snd x)
  && all_zero (lincomb (d S) (map fst (snd x)) (map (fun lu => cell_row f (snd lu)) (snd x))).
Definition check_clarke_stationary (xs : list combination) : bool :=
  with_derivatives S P D M (fun pre => Nat.eqb (length xs) (m P)
    && balanced_ok S P pre (fun i ps => combination_ok pre i ps (nth i xs (1%positive, [])))).

Definition check_not_clarke_output (i j : nat) : bool :=
  with_derivatives S P D M (fun pre => Nat.ltb i (m P) && Nat.ltb j (output_dimension S)
    && negb (Z.eqb (zdot (nth j (parts_of S pre i) []) (nth i (p_W pre) [])) 0)).
Definition check_not_clarke_bias (j : nat) : bool :=
  prepare_ok S P D && with_output_bias S && Nat.ltb j (output_dimension S)
  && negb (Z.eqb (zsum (nth j (residual_rows S P D (T S P D)) [])) 0).

Definition least (dec : list (nat * side)) (v : row) (kc : kclass * Z) : Z :=
  let s := snd kc * zdot (dir (fst kc)) v in
  match lookup undecided (rep (fst kc)) dec with
  | undecided => - Z.abs s | positive_side => s | negative_side => - s end.
Definition empty_weight (dec : list (nat * side)) (ms : list (nat * Z)) (kc : kclass * Z) : Z :=
  lookup 0 (rep (fst kc)) ms * len (fst kc) * side_sign (lookup undecided (rep (fst kc)) dec).
Fixpoint separation_ok (f : functional) (v : row) (dec : list (nat * side)) (t : separation) : bool :=
  match t with
  | Separated => Z.ltb 0 (zdot (linear f) v + zsum (map (least dec v) (kinks f)))
  | EmptyCell ms =>
      forallb (fun qz => match lookup undecided (fst qz) dec with undecided => false | _ => true end) ms
      && forallb (fun kc => Z.leb 0 (lookup 0 (rep (fst kc)) ms * len (fst kc))) (kinks f)
      && existsb (fun kc => match lookup undecided (rep (fst kc)) dec with undecided => false
           | _ => Z.ltb 0 (lookup 0 (rep (fst kc)) ms * len (fst kc)) end) (kinks f)
      && all_zero (lincomb (d S) (map (empty_weight dec ms) (kinks f))
                                 (map (fun kc => dir (fst kc)) (kinks f)))
  | Cases q t1 t2 =>
      known q (kinks f) && match lookup undecided q dec with undecided => true | _ => false end
      && separation_ok f v ((q, positive_side) :: dec) t1
      && separation_ok f v ((q, negative_side) :: dec) t2
  end.
Definition check_not_clarke_separated (i : nat) (v : row) (t : separation) : bool :=
  with_derivatives S P D M (fun pre => Nat.ltb i (m P) && vector_ok S v
    && separation_ok (contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i)) v [] t).
End Checkers.

Local Open Scope R_scope.

Definition rsign (t : R) : R := if Rlt_dec 0 t then 1 else if Rlt_dec t 0 then -1 else 0.
(** The derivative of a functional at u along v. *)
Definition fslope (f : functional) (u v : vector) : R :=
  rdot (linear f) v
  + fsum (fun kc => IZR (snd kc) * (rsign (rdot (dir (fst kc)) u) * rdot (dir (fst kc)) v)) (kinks f).

Lemma abs_step a b : a <> 0 -> eventually (fun t => Rabs (a + t * b) = Rabs a + t * (rsign a * b)).
Proof.
  intros Ha. assert (Hp : 0 < Rabs a) by (now apply Rabs_pos_lt).
  apply (eventually_impl _ _ (eventually_small b _ Hp)). intros t Ht Hs.
  revert Hs. unfold rsign, Rabs. destruct (Rcase_abs (t * b)), (Rcase_abs a), (Rcase_abs (a + t * b)),
    (Rlt_dec 0 a), (Rlt_dec a 0); intros; lra.
Qed.

Lemma feval_step f u v : (forall kc, In kc (kinks f) -> rdot (dir (fst kc)) u <> 0) ->
  eventually (fun t => feval f (fun a => u a + t * v a) = feval f u + t * fslope f u v).
Proof.
  intros H. unfold feval, fslope.
  assert (Hl : forall l t, rdot l (fun a => u a + t * v a) = rdot l u + t * rdot l v).
  { intros l t. unfold rdot. rewrite <- sum_scal, <- sum_plus. apply sum_ext; intros; ring. }
  assert (E : eventually (fun t =>
    fsum (fun kc => IZR (snd kc) * Rabs (rdot (dir (fst kc)) (fun a => u a + t * v a))) (kinks f)
    = fsum (fun kc => IZR (snd kc) * Rabs (rdot (dir (fst kc)) u)) (kinks f)
    + t * fsum (fun kc => IZR (snd kc) * (rsign (rdot (dir (fst kc)) u) * rdot (dir (fst kc)) v)) (kinks f))).
  { induction (kinks f) as [|kc l IH]; [exists 1; split; [lra | intros; simpl; lra]|].
    pose proof (eventually_and _ _ (IH ltac:(intros; apply H; simpl; auto))
      (abs_step (rdot (dir (fst kc)) u) (rdot (dir (fst kc)) v) ltac:(apply H; simpl; auto))) as E.
    apply (eventually_impl _ _ E). intros t _ [A B]. simpl. rewrite A, Hl, B. ring. }
  apply (eventually_impl _ _ E). intros t _ A. rewrite A, Hl. ring.
Qed.

Section Soundness.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (m P). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))).
Notation u0 := (unit_psi S D).
Notation f i := (contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i)).

Lemma phi_step i u v : generic p P0 i u -> eventually (fun t =>
  phi p P0 i (fun a => u a + t * v a) = phi p P0 i u + t * dot p (cell_gradient p P0 i u) v).
Proof.
  intros Hu.
  assert (H : eventually (fun t => forall k, (k < points p)%nat ->
    drho p (dot p (w P0 i) (input p k)) (dot p u (input p k) + t * dot p v (input p k))
    = slope p (dot p (w P0 i) (input p k)) (dot p u (input p k))
      * (dot p u (input p k) + t * dot p v (input p k)))).
  { apply eventually_all. intros k Hk.
    destruct (Req_dec (dot p (input p k) (input p k)) 0) as [Hz|Hz].
    { exists 1. split; [lra|]. intros t _. rewrite !(inert p k Hz).
      replace (0 + t * 0) with 0 by ring. rewrite drho_0. ring. }
    set (a := dot p u (input p k)). set (b := dot p v (input p k)).
    destruct (Req_dec (dot p (w P0 i) (input p k)) 0) as [H0|H0].
    - assert (Ha : a <> 0) by (apply (Hu k Hk); auto).
      assert (Hp : 0 < Rabs a) by (now apply Rabs_pos_lt).
      apply (eventually_impl _ _ (eventually_small b _ Hp)). intros t Ht Hs.
      rewrite H0. unfold slope, drho, rho. destruct (Rlt_dec 0 0); [lra|].
      revert Hs. unfold Rabs. destruct (Rcase_abs (t * b)), (Rcase_abs a); intros;
      destruct (Rlt_dec 0 (a + t * b)), (Rlt_dec 0 a); lra.
    - exists 1. split; [lra|]. intros t _. unfold slope, drho.
      set (t0 := dot p (w P0 i) (input p k)) in *.
      destruct (Rlt_dec 0 t0), (Rlt_dec t0 0); lra. }
  apply (eventually_impl _ _ H). intros t _ E.
  assert (E0 : forall k, (k < points p)%nat ->
    drho p (dot p (w P0 i) (input p k)) (dot p u (input p k))
    = slope p (dot p (w P0 i) (input p k)) (dot p u (input p k)) * dot p u (input p k)).
  { intros k Hk. destruct (Req_dec (dot p (input p k) (input p k)) 0) as [Hz|Hz].
    { rewrite !(inert p k Hz), drho_0. ring. }
    unfold slope, drho, rho. set (t0 := dot p (w P0 i) (input p k)) in *.
    set (a := dot p u (input p k)).
    destruct (Rlt_dec 0 t0), (Rlt_dec t0 0), (Rlt_dec 0 a); try lra. }
  rewrite !phi_pull. unfold cell_gradient. rewrite gradient_with_dot.
  replace (t * (2 * scale p * _)) with (2 * scale p * (t * sum (points p) (fun k =>
    pull p P0 i k * (slope p (dot p (w P0 i) (input p k)) (dot p u (input p k)) * dot p v (input p k)))))
    by ring.
  rewrite <- Rmult_plus_distr_l. f_equal. rewrite <- sum_scal, <- sum_plus. apply sum_ext. intros k Hk.
  rewrite (dot_plus p u (fun a => t * v a)), dot_scal, E, E0 by auto. ring.
Qed.

Lemma phi_functional i v : (i < m)%nat -> scale p * feval (f i) v = u0 * DV * phi p P0 i v.
Proof.
  intros Hi. destruct (height_spec S P D M Hok i) as [Hl Hh].
  pose proof (along_spec S P D M Hok Hm i _ v Hi Hl) as E. fold p P0 in E.
  rewrite (inner_ext p _ (fun j => DV * h P0 i j)) in E by (intros; apply Hh).
  rewrite inner_scal in E. unfold phi. rewrite Rmult_assoc. exact E.
Qed.

(** Every kink of neuron i is a datum on its boundary. *)
Lemma kink_point i k : (i < m)%nat -> In k (kinks_at pre i) -> exists q l,
  (q < points p)%nat /\ 0 < l /\ (forall v, rdot (dir k) v * l = DX * dot p v (input p q))
  /\ dot p (w P0 i) (input p q) = 0 /\ length (dir k) = d.
Proof.
  intros Hi Hk. pose proof (kinks_sized S P D M Hm i k Hk) as Hd.
  apply filter_In in Hk as [Hk Hz]. apply in_classes in Hk as (c0 & Hc & ->).
  destruct (class_spec S P D M Hm c0 Hc) as (_ & Hl & Hf & _). simpl dir in *.
  set (q := fst (class_at M c0)) in *.
  assert (Hq : (q < points p)%nat).
  { destruct (Nat.lt_ge_cases q (points p)) as [|Hge]; auto. exfalso.
    unfold member in Hl. rewrite nth_overflow in Hl; [simpl in Hl; lia|].
    unfold merging_ok in Hm. apply andb_prop in Hm as [H _].
    apply (for_all2_spec _ _ _ [] (0%N, 0%Z)) in H as [H _].
    change (p_X (prepare S P D M)) with (X S D) in H. change (p_X pre) with (X S D) in H.
    rewrite (length_X S D) in H. fold p in H. lia. }
  destruct (member_spec S P D M Hok Hm q Hq) as [_ [[H0 _]|(rd & Hrd & HX & _)]]; [lia|].
  rewrite Hf, Nnat.Nat2N.id in Hrd. apply (nth_error_nth _ _ (O, [])) in Hrd.
  fold (class_at M c0) in Hrd. subst rd.
  assert (HL : 0 < IZR (snd (member M q))) by (now apply IZR_lt).
  assert (Hv : forall v, rdot (snd (class_at M c0)) v * IZR (snd (member M q)) = DX * dot p v (input p q)).
  { intros v. pose proof (rdot_X S P D Hok q v Hq) as Er. fold p in Er. rewrite <- Er, HX, rdot_smul. ring. }
  exists q, (IZR (snd (member M q))). repeat split; auto.
  unfold on_kink in Hz. simpl dir in Hz. apply Z.eqb_eq in Hz.
  specialize (Hv (zvec (nth i (p_W pre) []))).
  rewrite rdot_zvec in Hv by (rewrite Hd; symmetry; apply (length_wi S P D M Hok i Hi)).
  replace (zdot (snd (class_at M c0)) (nth i (p_W pre) [])) with
    (zdot (nth i (p_W pre) []) (snd (class_at M c0))) in Hv.
  2:{ clear. generalize (nth i (p_W pre) []) as a, (snd (class_at M c0)) as b.
      induction a as [|x a IH]; intros [|y b]; simpl; auto. rewrite IH. ring. }
  rewrite Hz, Rmult_0_l in Hv.
  rewrite (dot_ext p _ (fun a => DW * w P0 i a)), dot_scal in Hv by (intros; apply (wi_spec S P D M Hok)).
  pose proof (IZR_Zpos (den_x D)). pose proof (IZR_Zpos (den_w D)).
  apply (Rmult_eq_reg_l (DX * DW)); [lra|]. apply Rmult_integral_contrapositive_currified; lra.
Qed.

Lemma nonzero_direction i k : In k (kinks_at pre i) -> ~ (forall v, rdot (dir k) v = 0).
Proof.
  intros Hk H. apply filter_In in Hk as [Hk _]. apply in_classes in Hk as (c0 & Hc & ->).
  destruct (class_spec S P D M Hm c0 Hc) as (_ & _ & _ & Hz). simpl dir in H.
  rewrite <- not_true_iff_false in Hz. apply Hz. apply forallb_forall. intros z Hin.
  apply (In_nth _ _ 0%Z) in Hin as (a & Ha & <-). specialize (H (fun b => if Nat.eqb a b then 1 else 0)).
  unfold rdot in H. rewrite (sum_single _ _ a Ha) in H.
  - rewrite Nat.eqb_refl in H. apply Z.eqb_eq. symmetry. apply eq_IZR. unfold zvec in H. lra.
  - intros b _ Hne. destruct (Nat.eqb_spec a b); [congruence | ring].
Qed.

Lemma class_in c0 : (c0 < length (class_list M))%nat ->
  In (class_of S M (residual_rows S P D (T S P D)) (N.of_nat c0) (class_at M c0)) (p_classes pre).
Proof.
  change (p_classes pre) with (classes_from S M (residual_rows S P D (T S P D)) 0 (class_list M)).
  unfold class_at. generalize (residual_rows S P D (T S P D)) as es. intros es.
  assert (H : forall l q c1, (c1 < length l)%nat ->
    In (class_of S M es (q + N.of_nat c1) (nth c1 l (O, []))) (classes_from S M es q l)).
  { induction l as [|rd l IH]; intros q c1 H; simpl in H; [lia|]. destruct c1 as [|c1].
    - rewrite N.add_0_r. simpl. auto.
    - right. replace (q + N.of_nat (Datatypes.S c1))%N with (N.succ q + N.of_nat c1)%N by lia.
      apply IH. lia. }
  intros Hc. apply (H _ 0%N c0 Hc).
Qed.

Lemma generic_kinks i u : (i < m)%nat -> generic p P0 i u ->
  forall k, In k (kinks_at pre i) -> rdot (dir k) u <> 0.
Proof.
  intros Hi Hu k Hk E. destruct (kink_point i k Hi Hk) as (q & l & Hq & Hl & Hv & Hz & Hd).
  pose proof (IZR_Zpos (den_x D)) as HD.
  assert (E0 := Hv u). rewrite E, Rmult_0_l in E0.
  assert (Hne : dot p u (input p q) = 0) by (apply (Rmult_eq_reg_l DX); lra).
  apply (Hu q Hq Hz); auto. intros Hxx.
  apply (nonzero_direction i k Hk). intros v. assert (A := Hv v).
  rewrite (inert p q Hxx v) in A. apply (Rmult_eq_reg_r l); lra.
Qed.

Lemma kinks_generic i u : (i < m)%nat -> (forall k, In k (kinks_at pre i) -> rdot (dir k) u <> 0) ->
  generic p P0 i u.
Proof.
  intros Hi H k Hk Hz Hne.
  destruct (member_spec S P D M Hok Hm k Hk) as [_ [[_ Hx]|(rd & Hrd & HX & Hl)]].
  { exfalso. apply Hne. apply Hx. }
  set (c0 := N.to_nat (fst (member M k))) in *.
  assert (Hc : (c0 < length (class_list M))%nat) by (apply nth_error_Some; rewrite Hrd; discriminate).
  apply (nth_error_nth _ _ (O, [])) in Hrd. fold (class_at M c0) in Hrd. subst rd.
  destruct (class_spec S P D M Hm c0 Hc) as (Hd & _).
  assert (HL : IZR (snd (member M k)) <> 0) by (now apply not_0_IZR).
  assert (Hv : forall v, IZR (snd (member M k)) * rdot (snd (class_at M c0)) v = DX * dot p v (input p k))
    by (intros v; pose proof (rdot_X S P D Hok k v Hk) as Er; fold p in Er;
        now rewrite <- Er, HX, rdot_smul).
  set (kc := class_of S M (residual_rows S P D (T S P D)) (N.of_nat c0) (class_at M c0)).
  assert (Hin : In kc (kinks_at pre i)).
  { apply filter_In. split; [apply class_in; exact Hc|].
    unfold on_kink, kc. simpl dir. apply Z.eqb_eq. apply eq_IZR.
    rewrite <- rdot_zvec by (rewrite Hd; apply (length_wi S P D M Hok i Hi)).
    specialize (Hv (zvec (nth i (p_W pre) []))).
    rewrite (dot_ext p _ (fun a => DW * w P0 i a)), dot_scal, Hz in Hv by (intros; apply (wi_spec S P D M Hok)).
    assert (E : rdot (nth i (p_W pre) []) (zvec (snd (class_at M c0)))
              = rdot (snd (class_at M c0)) (zvec (nth i (p_W pre) []))).
    { assert (Hw : length (nth i (p_W pre) []) = d) by apply (length_wi S P D M Hok i Hi).
      unfold rdot. rewrite Hd, Hw. apply sum_ext; intros; ring. }
    rewrite E. apply (Rmult_eq_reg_l (IZR (snd (member M k)))); auto. rewrite Hv. ring. }
  intros E. apply (H kc Hin). specialize (Hv u). rewrite E in Hv. simpl dir.
  apply (Rmult_eq_reg_l (IZR (snd (member M k)))); auto. rewrite Hv. ring.
Qed.

(** The slope of phi_i on the cell of u, twice. *)
Lemma slope_spec i u v : (i < m)%nat -> generic p P0 i u ->
  scale p * fslope (f i) u v = u0 * DV * dot p (cell_gradient p P0 i u) v.
Proof.
  intros Hi Hu.
  assert (Hk : forall kc, In kc (kinks (f i)) -> rdot (dir (fst kc)) u <> 0).
  { intros kc Hkc. simpl in Hkc. apply in_map_iff in Hkc as [k [<- Hk]]. now apply (generic_kinks i). }
  destruct (eventually_some _ (eventually_and _ _ (feval_step (f i) u v Hk) (phi_step i u v Hu)))
    as (t & Ht & A & B).
  pose proof (phi_functional i u Hi) as E1. pose proof (phi_functional i (fun a => u a + t * v a) Hi) as E2.
  rewrite A, B in E2. apply (Rmult_eq_reg_l t); [|lra].
  assert (scale p * feval (f i) u + t * (scale p * fslope (f i) u v)
    = u0 * DV * phi p P0 i u + t * (u0 * DV * dot p (cell_gradient p P0 i u) v)) by lra.
  lra.
Qed.

Lemma rsign_sgn z t : IZR z = t -> IZR (Z.sgn z) = rsign t.
Proof.
  intros <-. unfold rsign. destruct z as [|q|q]; simpl.
  - destruct (Rlt_dec 0 0); lra.
  - assert (0 < IZR (Zpos q)) by (now apply IZR_lt). destruct (Rlt_dec 0 (IZR (Zpos q))); lra.
  - assert (IZR (Zneg q) < 0) by (now apply IZR_lt).
    destruct (Rlt_dec 0 (IZR (Zneg q))), (Rlt_dec (IZR (Zneg q)) 0); lra.
Qed.

Lemma sized_f i : (i < m)%nat -> sized d (f i).
Proof.
  intros Hi. destruct (height_spec S P D M Hok i) as [Hl _].
  apply (sized_along S P D M Hok Hm i _ Hi Hl).
Qed.

Lemma cell_row_spec i u v : (i < m)%nat -> length u = d ->
  length (cell_row S (f i) u) = d /\ rdot (cell_row S (f i) u) v = fslope (f i) (zvec u) v.
Proof.
  intros Hi Hu. destruct (sized_f i Hi) as [S1 S2].
  assert (Hl : length (lincomb d (map (fun kc => Z.sgn (zdot (dir (fst kc)) u) * snd kc)%Z (kinks (f i)))
     (map (fun kc => dir (fst kc)) (kinks (f i)))) = d).
  { apply length_lincomb. intros r Hr. apply in_map_iff in Hr as [kc [<- Hk]]. now apply S2. }
  unfold cell_row. split; [rewrite length_vadd; congruence|].
  rewrite rdot_vadd by congruence. unfold fslope. f_equal.
  rewrite rdot_lincomb by exact S2. apply fsum_ext. intros kc Hk.
  rewrite mult_IZR, (rsign_sgn _ (rdot (dir (fst kc)) (zvec u))); [ring|].
  symmetry. apply rdot_zvec. rewrite (S2 kc Hk). congruence.
Qed.

Definition unit_row_vector (a b : nat) : R := if Nat.eqb a b then 1 else 0.
Lemma dot_unit_vector v a : (a < inputs p)%nat -> dot p v (unit_row_vector a) = v a.
Proof.
  intros Ha. unfold dot. rewrite (sum_single _ _ a Ha).
  - unfold unit_row_vector. rewrite Nat.eqb_refl. ring.
  - intros b _ Hne. unfold unit_row_vector. destruct (Nat.eqb_spec a b); [congruence | ring].
Qed.

Lemma combination_sound i x : (i < m)%nat ->
  combination_ok S pre i (parts_of S pre i) x = true ->
  let n := length (snd x) in let mu := fun l => IZR (fst (nth l (snd x) (0%Z, []))) / IZR (Zpos (fst x)) in
  let u := fun l => zvec (snd (nth l (snd x) (0%Z, []))) in
  (forall l, (l < n)%nat -> 0 <= mu l /\ generic p P0 i (u l)) /\ sum n mu = 1
  /\ forall a, (a < inputs p)%nat -> sum n (fun l => mu l * cell_gradient p P0 i (u l) a) = 0.
Proof.
  intros Hi H n mu u. unfold combination_ok in H. cbv zeta in H.
  apply andb_prop in H as [H Hz]. apply andb_prop in H as [H1 Hc]. apply Z.eqb_eq in H1.
  pose proof (IZR_Zpos (fst x)) as HD.
  assert (Hcell : forall lu, In lu (snd x) -> (0 <= fst lu)%Z /\ length (snd lu) = d
     /\ generic p P0 i (zvec (snd lu))).
  { intros lu Hlu. rewrite forallb_forall in Hc. specialize (Hc lu Hlu).
    apply andb_prop in Hc as [A B]. unfold cell_ok in B. apply andb_prop in B as [B1 B2].
    apply Z.leb_le in A. apply Nat.eqb_eq in B1. repeat split; auto.
    apply kinks_generic; auto. intros k Hk.
    rewrite forallb_forall in B2.
    specialize (B2 (k, zdot (height (p_V pre) i) (kink_sums k))). simpl kinks in B2.
    rewrite in_map_iff in B2. specialize (B2 (ex_intro _ k (conj eq_refl Hk))).
    apply negb_true_iff, Z.eqb_neq in B2. simpl in B2.
    rewrite rdot_zvec by (rewrite (kinks_sized S P D M Hm i k Hk); congruence).
    now apply not_0_IZR. }
  assert (Hnth : forall l, (l < n)%nat -> In (nth l (snd x) (0%Z, [])) (snd x))
    by (intros; now apply nth_In).
  split; [|split].
  - intros l Hl. destruct (Hcell _ (Hnth l Hl)) as (A & _ & B). split; auto.
    unfold mu. apply IZR_le in A. apply Rmult_le_pos; auto. left. now apply Rinv_0_lt_compat.
  - unfold mu. apply (f_equal IZR) in H1.
    rewrite (zsum_map_sum _ _ (0%Z, [])) in H1. unfold Rdiv. rewrite sum_scal_r.
    fold n in H1. rewrite H1. field. lra.
  - intros a Ha.
    assert (E := all_zero_rdot _ (unit_row_vector a) Hz).
    rewrite rdot_lincomb in E.
    2:{ intros lu Hlu. destruct (Hcell lu Hlu) as (_ & Hl & _). now apply (cell_row_spec i (snd lu) (fun _ => 0)). }
    pose proof (scale_positive S P D Hok) as Hs. fold p in Hs.
    pose proof (unit_psi_pos S D) as Hu. pose proof (IZR_Zpos (den_v D)) as HV.
    assert (E2 : u0 * DV * fsum (fun lu => IZR (fst lu) * cell_gradient p P0 i (zvec (snd lu)) a) (snd x) = 0).
    { rewrite <- (Rmult_0_r (scale p)), <- E, <- !fsum_scal. apply fsum_ext. intros lu Hlu.
      destruct (Hcell lu Hlu) as (_ & Hl & Hg).
      destruct (cell_row_spec i (snd lu) (unit_row_vector a) Hi Hl) as [_ ->].
      pose proof (slope_spec i (zvec (snd lu)) (unit_row_vector a) Hi Hg) as Es.
      rewrite dot_unit_vector in Es by auto.
      transitivity (IZR (fst lu) * (u0 * DV * cell_gradient p P0 i (zvec (snd lu)) a)); [ring|].
      rewrite <- Es. ring. }
    assert (E3 : fsum (fun lu => IZR (fst lu) * cell_gradient p P0 i (zvec (snd lu)) a) (snd x) = 0).
    { apply (Rmult_eq_reg_l (u0 * DV)); [lra|]. apply Rmult_integral_contrapositive_currified; lra. }
    rewrite (sum_ext n _ (fun l => / IZR (Zpos (fst x)) *
      (IZR (fst (nth l (snd x) (0%Z, []))) * cell_gradient p P0 i (u l) a))).
    2:{ intros l _. unfold mu. field. lra. }
    rewrite sum_scal. unfold u.
    assert (F : forall l, fsum (fun lu => IZR (fst lu) * cell_gradient p P0 i (zvec (snd lu)) a) l
      = sum (length l) (fun k => IZR (fst (nth k l (0%Z, []))) * cell_gradient p P0 i (zvec (snd (nth k l (0%Z, [])))) a)).
    { induction l as [|lu l IH]; auto. simpl length. rewrite sum_shift. simpl fsum. rewrite IH. reflexivity. }
    rewrite F in E3. fold n in E3. rewrite E3. ring.
Qed.

Theorem clarke_sound xs : balanced_ok S P pre (fun i ps =>
    combination_ok S pre i ps (nth i xs (1%positive, []))) = true -> is_clarke_stationary S P.
Proof.
  intros H. apply (balanced_sound S P D M Hok Hm) in H as [Hb H].
  apply (clarke_sufficient p P0 (fun i => length (snd (nth i xs (1%positive, []))))
    (fun i l => IZR (fst (nth l (snd (nth i xs (1%positive, []))) (0%Z, [])))
                / IZR (Zpos (fst (nth i xs (1%positive, [])))))
    (fun i l => zvec (snd (nth l (snd (nth i xs (1%positive, []))) (0%Z, []))))); auto.
  intros i Hi. exact (combination_sound i _ Hi (H i Hi)).
Qed.

Theorem not_clarke_output_sound i j : (i < m)%nat -> (j < J)%nat ->
  zdot (nth j (parts_of S pre i) []) (nth i (p_W pre) []) <> 0%Z -> is_not_clarke_stationary S P.
Proof.
  intros Hi Hj Hne. apply (not_clarke_output p P0 i j Hi Hj). intros E. apply Hne.
  pose proof (dual_spec S P D M Hok Hm i j Hi Hj) as Hd. fold p P0 pre in Hd. rewrite E in Hd.
  pose proof (scale_positive S P D Hok) as Hs. fold p in Hs.
  apply eq_IZR. apply (Rmult_eq_reg_l (scale p)); lra.
Qed.
Theorem not_clarke_bias_sound j : with_output_bias S = true -> (j < J)%nat ->
  zsum (nth j (residual_rows S P D (T S P D)) []) <> 0%Z -> is_not_clarke_stationary S P.
Proof.
  intros Hb Hj Hne. apply (not_clarke_bias p P0 j Hj). intros E. apply Hne. apply eq_IZR.
  unfold bias_gradient in E. change (has_output_bias p) with (with_output_bias S) in E. rewrite Hb in E.
  rewrite (zsum_sum (points p)) by (apply (length_E_row S P D Hok j Hj)).
  rewrite (sum_ext _ _ (fun k => IZR (Zpos (unit_e S D)) * residual p P0 k j))
    by (intros k Hk; apply (E_spec S P D Hok j k Hj Hk)).
  pose proof (scale_positive S P D Hok) as Hs. fold p in Hs.
  rewrite sum_scal. assert (sum (points p) (fun k => residual p P0 k j) = 0) as ->; [|ring].
  apply (Rmult_eq_reg_l (2 * scale p)); lra.
Qed.

(** ** Separation *)
Lemma separation_sound i v u t : (i < m)%nat -> length v = d -> generic p P0 i u ->
  forall dec, separation_ok S (f i) v dec t = true ->
  (forall q kc, In kc (kinks (f i)) -> rep (fst kc) = q ->
     match lookup undecided q dec with undecided => True
     | positive_side => 0 < rdot (dir (fst kc)) u | negative_side => rdot (dir (fst kc)) u < 0 end) ->
  1 <= fslope (f i) u (zvec v).
Proof.
  intros Hi Hv Hu. destruct (sized_f i Hi) as [S1 S2].
  assert (Hne : forall kc, In kc (kinks (f i)) -> rdot (dir (fst kc)) u <> 0).
  { intros kc Hkc. simpl in Hkc. apply in_map_iff in Hkc as [k [<- Hk]]. now apply (generic_kinks i). }
  assert (Hrep0 : forall kc kc', In kc (kinks (f i)) -> In kc' (kinks (f i)) ->
    rep (fst kc) = rep (fst kc') -> dir (fst kc) = dir (fst kc'))
    by apply (along_representatives S P D M Hm i (height (p_V pre) i)).
  set (F := f i) in *. clearbody F.
  induction t as [|ms|q t1 IH1 t2 IH2]; intros dec H Hdec.
  - change (Z.ltb 0 (zdot (linear F) v + zsum (map (least dec v) (kinks F))) = true) in H.
    apply Z.ltb_lt in H.
    assert (H' : (1 <= zdot (linear F) v + zsum (map (least dec v) (kinks F)))%Z) by lia.
    apply IZR_le in H'. rewrite plus_IZR in H'. unfold fslope.
    rewrite <- rdot_zvec in H' by congruence.
    eapply Rle_trans; [exact H'|]. apply Rplus_le_compat_l.
    revert S2 Hne Hdec. generalize (kinks F). induction l as [|kc l IH]; intros S2 Hne Hdec; simpl; [lra|].
    rewrite plus_IZR. apply Rplus_le_compat.
    2:{ apply IH; intros; [apply S2 | apply Hne | apply (Hdec q)]; simpl; auto. }
    specialize (Hdec _ kc (or_introl eq_refl) eq_refl). specialize (Hne kc (or_introl eq_refl)).
    unfold least. cbv zeta.
    assert (E : IZR (snd kc * zdot (dir (fst kc)) v) = IZR (snd kc) * rdot (dir (fst kc)) (zvec v)).
    { rewrite mult_IZR, rdot_zvec; auto. rewrite Hv. apply S2. simpl. auto. }
    destruct (lookup undecided (rep (fst kc)) dec).
    + rewrite opp_IZR, abs_IZR, E. set (s := IZR (snd kc) * rdot (dir (fst kc)) (zvec v)).
      assert (E' : IZR (snd kc) * (rsign (rdot (dir (fst kc)) u) * rdot (dir (fst kc)) (zvec v))
        = rsign (rdot (dir (fst kc)) u) * s) by (unfold s; ring). rewrite E'.
      set (b := rdot (dir (fst kc)) u) in *.
      unfold rsign, Rabs. destruct (Rlt_dec 0 b), (Rlt_dec b 0), (Rcase_abs s); lra.
    + rewrite E. set (b := rdot (dir (fst kc)) u) in *. unfold rsign.
      destruct (Rlt_dec 0 b); [lra | contradiction].
    + rewrite opp_IZR, E. set (b := rdot (dir (fst kc)) u) in *. unfold rsign.
      destruct (Rlt_dec 0 b); [lra|]. destruct (Rlt_dec b 0); [lra | contradiction].
  - exfalso. simpl in H. apply andb_prop in H as [H Hz]. apply andb_prop in H as [H He].
    apply andb_prop in H as [_ Hp]. rewrite forallb_forall in Hp.
    apply existsb_exists in He as (kc & Hkc & He).
    assert (E := all_zero_rdot _ u Hz). rewrite rdot_lincomb in E by exact S2.
    assert (Hterm : forall kc, In kc (kinks F) ->
      0 <= IZR (empty_weight dec ms kc) * rdot (dir (fst kc)) u).
    { intros k0 Hk0. specialize (Hp k0 Hk0). apply Z.leb_le in Hp. apply IZR_le in Hp.
      specialize (Hdec _ k0 Hk0 eq_refl). unfold empty_weight. rewrite mult_IZR.
      set (a := IZR (lookup 0 (rep (fst k0)) ms * len (fst k0))%Z) in *.
      set (b := rdot (dir (fst k0)) u) in *.
      destruct (lookup undecided (rep (fst k0)) dec); simpl side_sign.
      - lra.
      - assert (0 <= a * b) by (apply Rmult_le_pos; lra). lra.
      - assert (0 <= a * - b) by (apply Rmult_le_pos; lra). lra. }
    assert (Hpos : 0 < IZR (empty_weight dec ms kc) * rdot (dir (fst kc)) u).
    { specialize (Hdec _ kc Hkc eq_refl). unfold empty_weight. rewrite mult_IZR.
      set (b := rdot (dir (fst kc)) u) in *.
      destruct (lookup undecided (rep (fst kc)) dec); [discriminate| |]; apply Z.ltb_lt in He;
      apply IZR_lt in He; set (a := IZR (lookup 0 (rep (fst kc)) ms * len (fst kc))%Z) in *;
      simpl side_sign.
      - assert (0 < a * b) by (apply Rmult_lt_0_compat; lra). lra.
      - assert (0 < a * - b) by (apply Rmult_lt_0_compat; lra). lra. }
    assert (0 < fsum (fun kc => IZR (empty_weight dec ms kc) * rdot (dir (fst kc)) u) (kinks F)); [|lra].
    revert Hterm Hkc. generalize (kinks F). induction l as [|k0 l IH]; intros Hterm Hin0;
      [destruct Hin0 | destruct Hin0 as [->|Hin]]; simpl.
    + assert (0 <= fsum (fun kc => IZR (empty_weight dec ms kc) * rdot (dir (fst kc)) u) l)
        by (apply fsum_ge0; intros; apply Hterm; simpl; auto). lra.
    + assert (0 <= IZR (empty_weight dec ms k0) * rdot (dir (fst k0)) u) by (apply Hterm; simpl; auto).
      assert (0 < fsum (fun kc => IZR (empty_weight dec ms kc) * rdot (dir (fst kc)) u) l)
        by (apply IH; auto; intros; apply Hterm; simpl; auto). lra.
  - simpl in H. apply andb_prop in H as [H H2]. apply andb_prop in H as [H H1].
    apply andb_prop in H as [Hk _]. apply existsb_exists in Hk as (kc & Hkc & Hq). apply Nat.eqb_eq in Hq.
    assert (Hrep : forall kc', In kc' (kinks F) -> rep (fst kc') = q -> dir (fst kc') = dir (fst kc)).
    { intros kc' Hkc' E. apply Hrep0; auto. congruence. }
    destruct (Rlt_dec 0 (rdot (dir (fst kc)) u)) as [Hs|Hs].
    + apply (IH1 _ H1). intros q' kc' Hkc' E. simpl. destruct (Nat.eqb_spec q' q) as [Eq|]; [|now apply Hdec].
      rewrite Hrep by (auto; congruence). exact Hs.
    + apply (IH2 _ H2). intros q' kc' Hkc' E. simpl. destruct (Nat.eqb_spec q' q) as [Eq|]; [|now apply Hdec].
      rewrite Hrep by (auto; congruence). specialize (Hne kc Hkc). lra.
Qed.

Theorem separated_sound i v t : (i < m)%nat -> length v = d ->
  separation_ok S (f i) v [] t = true -> is_not_clarke_stationary S P.
Proof.
  intros Hi Hv H. pose proof (scale_positive S P D Hok) as Hs. fold p in Hs.
  pose proof (unit_psi_pos S D) as Hu. pose proof (IZR_Zpos (den_v D)) as HV.
  assert (HK : 0 < u0 * DV) by (apply Rmult_lt_0_compat; auto).
  apply (not_clarke_separated p P0 i (zvec v) (scale p / (u0 * DV)) Hi).
  { now apply Rdiv_lt_0_compat. }
  intros u Hg. assert (A := separation_sound i v u t Hi Hv Hg [] H ltac:(intros; exact I)).
  pose proof (slope_spec i u (zvec v) Hi Hg) as E.
  apply (Rmult_le_reg_l (u0 * DV)); auto. rewrite <- E.
  replace (u0 * DV * (scale p / (u0 * DV))) with (scale p) by (field; lra).
  rewrite <- (Rmult_1_r (scale p)) at 1. apply Rmult_le_compat_l; lra.
Qed.
End Soundness.

(** ** The theorems that instances use *)
Theorem check_clarke_stationary_sound S P D M xs :
  check_clarke_stationary S P D M xs = true -> is_clarke_stationary S P.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C). apply andb_prop in C as [_ C].
  exact (clarke_sound S P D M A B xs C).
Qed.
Theorem check_not_clarke_output_sound S P D M i j :
  check_not_clarke_output S P D M i j = true -> is_not_clarke_stationary S P.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C). apply andb_prop in C as [C C3].
  apply andb_prop in C as [C1 C2]. apply Nat.ltb_lt in C1, C2. apply negb_true_iff, Z.eqb_neq in C3.
  exact (not_clarke_output_sound S P D M A B i j C1 C2 C3).
Qed.
Theorem check_not_clarke_bias_sound S P D j :
  check_not_clarke_bias S P D j = true -> is_not_clarke_stationary S P.
Proof.
  unfold check_not_clarke_bias. intros H. apply andb_prop in H as [H C]. apply andb_prop in H as [H C2].
  apply andb_prop in H as [A C1]. apply Nat.ltb_lt in C2. apply negb_true_iff, Z.eqb_neq in C.
  exact (not_clarke_bias_sound S P D A j C1 C2 C).
Qed.
Theorem check_not_clarke_separated_sound S P D M i v t :
  check_not_clarke_separated S P D M i v t = true -> is_not_clarke_stationary S P.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C). apply andb_prop in C as [C C3].
  apply andb_prop in C as [C1 C2]. apply Nat.ltb_lt in C1. apply Nat.eqb_eq in C2.
  exact (separated_sound S P D M A B i v t C1 C2 C3).
Qed.
