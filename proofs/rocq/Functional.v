(** The one-sided derivatives psi_i in integers, and proofs by cases that they are nonnegative. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Integers Prepare Facts.
Import ListNotations.
Local Open Scope R_scope.

(** ** Sums over lists *)
Definition fsum {A} (f : A -> R) (l : list A) : R := fold_right (fun a s => f a + s) 0 l.

Lemma fsum_ext {A} (f g : A -> R) l : (forall a, In a l -> f a = g a) -> fsum f l = fsum g l.
Proof. induction l as [|a l IH]; intros H; simpl; auto. rewrite H, IH; simpl; auto. intros; apply H; simpl; auto. Qed.
Lemma fsum_plus {A} (f g : A -> R) l : fsum (fun a => f a + g a) l = fsum f l + fsum g l.
Proof. induction l as [|a l IH]; simpl; [lra | rewrite IH; lra]. Qed.
Lemma fsum_scal {A} s (f : A -> R) l : fsum (fun a => s * f a) l = s * fsum f l.
Proof. induction l as [|a l IH]; simpl; [lra | rewrite IH; lra]. Qed.
Lemma fsum_ge0 {A} (f : A -> R) l : (forall a, In a l -> 0 <= f a) -> 0 <= fsum f l.
Proof.
  induction l as [|a l IH]; intros H; simpl; [lra|].
  assert (0 <= f a) by (apply H; simpl; auto).
  assert (0 <= fsum f l) by (apply IH; intros; apply H; simpl; auto). lra.
Qed.
Lemma fsum_map {A B} (f : B -> R) (g : A -> B) l : fsum f (map g l) = fsum (fun a => f (g a)) l.
Proof. induction l as [|a l IH]; simpl; auto. now rewrite IH. Qed.
Lemma fsum_sum {A} n (f : nat -> A -> R) l :
  fsum (fun a => sum n (fun j => f j a)) l = sum n (fun j => fsum (f j) l).
Proof.
  induction l as [|a l IH]; simpl; [now rewrite sum_0|]. rewrite IH, <- sum_plus. reflexivity.
Qed.
Lemma rdot_lincomb {A} n (f : A -> Z) (g : A -> row) l v :
  (forall a, In a l -> length (g a) = n) ->
  rdot (lincomb n (map f l) (map g l)) v = fsum (fun a => IZR (f a) * rdot (g a) v) l.
Proof.
  induction l as [|a l IH]; intros H; [apply rdot_zeros|].
  assert (Hg : length (g a) = n) by (apply H; simpl; auto).
  assert (Hl : length (lincomb n (map f l) (map g l)) = n).
  { apply length_lincomb. intros r Hr. apply in_map_iff in Hr as [b [<- Hb]]. apply H; simpl; auto. }
  simpl map. simpl fsum. rewrite <- IH by (intros; apply H; simpl; auto).
  simpl lincomb. destruct (f a); [lra| |];
  rewrite rdot_vadd, rdot_smul; try reflexivity; rewrite length_smul; congruence.
Qed.

(** ** Functionals *)
Definition feval (f : functional) (v : vector) : R :=
  rdot (linear f) v + fsum (fun kc => IZR (snd kc) * Rabs (rdot (dir (fst kc)) v)) (kinks f).
Definition kink_value (u : row) (kc : kclass * Z) : Z :=
  match snd kc with Z0 => 0 | a => a * Z.abs (zdot (dir (fst kc)) u) end%Z.
Fixpoint kink_values (u : row) (l : list (kclass * Z)) : Z :=
  match l with [] => 0 | kc :: l' => kink_value u kc + kink_values u l' end%Z.
Definition zeval (f : functional) (u : row) : Z := (zdot (linear f) u + kink_values u (kinks f))%Z.
Definition sized (n : nat) (f : functional) : Prop :=
  length (linear f) = n /\ forall kc, In kc (kinks f) -> length (dir (fst kc)) = n.

Lemma zeval_spec n f u : sized n f -> length u = n -> IZR (zeval f u) = feval f (zvec u).
Proof.
  intros [H1 H2] Hu. unfold zeval, feval. rewrite rdot_zvec, plus_IZR by congruence. f_equal.
  induction (kinks f) as [|kc l IH]; [reflexivity|].
  cbn [kink_values fsum fold_right]. rewrite plus_IZR. f_equal.
  - rewrite rdot_zvec by (rewrite H2; simpl; auto). unfold kink_value.
    destruct (snd kc); [lra| |]; now rewrite mult_IZR, abs_IZR.
  - apply IH. intros; apply H2; simpl; auto.
Qed.

(** ** Positivity by cases *)
(** A leaf holds multipliers (over one denominator) of the class representatives. *)
Inductive tree := Leaf (denominator : positive) (multipliers : list (nat * Z))
  | Branch (q : nat) (positive_side negative_side : tree).

Fixpoint lookup {A} (default : A) (q : nat) (l : list (nat * A)) : A :=
  match l with [] => default | (q', a) :: l' => if Nat.eqb q q' then a else lookup default q l' end.
Definition known (q : nat) (ks : list (kclass * Z)) : bool :=
  existsb (fun kc => Nat.eqb q (rep (fst kc))) ks.
Inductive side := undecided | positive_side | negative_side.

Section Trees.
Variables (n : nat) (unit numerator : Z) (f : functional).

Definition bound_ok (dec : list (nat * side)) (Dl : positive) (ms : list (nat * Z)) (kc : kclass * Z) : bool :=
  let l := (unit * lookup 0 (rep (fst kc)) ms * len (fst kc))%Z in
  let b := (numerator * Zpos Dl * snd kc)%Z in
  match lookup undecided (rep (fst kc)) dec with
  | undecided => Z.leb (- b) l && Z.leb l b
  | positive_side => Z.leb (- b) l
  | negative_side => Z.leb l b
  end.
Fixpoint tree_ok (dec : list (nat * side)) (t : tree) : bool :=
  match t with
  | Leaf Dl ms =>
      forallb (fun qz => known (fst qz) (kinks f)) ms
      && forallb (bound_ok dec Dl ms) (kinks f)
      && row_eqb (smul (numerator * Zpos Dl) (linear f))
           (lincomb n (map (fun kc => unit * lookup 0 (rep (fst kc)) ms * len (fst kc))%Z (kinks f))
                      (map (fun kc => dir (fst kc)) (kinks f)))
  | Branch q t1 t2 =>
      known q (kinks f)
      && match lookup undecided q dec with undecided => true | _ => false end
      && tree_ok ((q, positive_side) :: dec) t1 && tree_ok ((q, negative_side) :: dec) t2
  end.

Definition consistent (v : vector) (q : nat) (s : side) : Prop :=
  forall kc, In kc (kinks f) -> rep (fst kc) = q ->
  match s with undecided => True | positive_side => 0 <= rdot (dir (fst kc)) v
             | negative_side => rdot (dir (fst kc)) v <= 0 end.

(** Distinct classes have distinct representatives. *)
Hypothesis representatives : forall kc kc', In kc (kinks f) -> In kc' (kinks f) ->
  rep (fst kc) = rep (fst kc') -> dir (fst kc) = dir (fst kc').
Hypothesis f_sized : sized n f.
Hypothesis numerator_pos : (0 < numerator)%Z.

Lemma tree_sound v t : forall dec, tree_ok dec t = true ->
  (forall q, consistent v q (lookup undecided q dec)) -> 0 <= feval f v.
Proof.
  induction t as [Dl ms | q t1 IH1 t2 IH2]; intros dec Ht Hc.
  - simpl in Ht. apply andb_prop in Ht as [Ht He]. apply andb_prop in Ht as [_ Hb].
    apply row_eqb_eq in He. rewrite forallb_forall in Hb.
    assert (Hn : 0 < IZR (numerator * Zpos Dl)) by (apply IZR_lt; lia).
    apply (Rmult_le_reg_l (IZR (numerator * Zpos Dl))); auto. rewrite Rmult_0_r.
    unfold feval. rewrite Rmult_plus_distr_l, <- rdot_smul, He, rdot_lincomb by apply f_sized.
    rewrite <- fsum_scal, <- fsum_plus. apply fsum_ge0. intros kc Hk.
    specialize (Hb kc Hk). specialize (Hc (rep (fst kc)) kc Hk eq_refl). unfold bound_ok in Hb.
    set (l := (unit * lookup 0 (rep (fst kc)) ms * len (fst kc))%Z) in *.
    set (b := (numerator * Zpos Dl * snd kc)%Z) in *. rewrite <- Rmult_assoc, <- mult_IZR. fold b.
    set (s := rdot (dir (fst kc)) v) in *.
    destruct (lookup undecided (rep (fst kc)) dec).
    + apply andb_prop in Hb as [A B]. apply Z.leb_le in A, B. apply IZR_le in A, B.
      rewrite opp_IZR in A. unfold Rabs. destruct (Rcase_abs s); nra.
    + apply Z.leb_le in Hb. apply IZR_le in Hb. rewrite opp_IZR in Hb.
      rewrite Rabs_right by lra. nra.
    + apply Z.leb_le in Hb. apply IZR_le in Hb. rewrite Rabs_left1 by lra. nra.
  - simpl in Ht. apply andb_prop in Ht as [Ht Hm]. apply andb_prop in Ht as [Ht Hp].
    apply andb_prop in Ht as [Hknown _].
    apply existsb_exists in Hknown as [kc [Hk Hq]]. apply Nat.eqb_eq in Hq.
    destruct (Rle_dec 0 (rdot (dir (fst kc)) v)) as [Hs|Hs].
    + apply (IH1 _ Hp). intros q'. simpl. destruct (Nat.eqb_spec q' q) as [->|]; [|apply Hc].
      intros kc' Hk' Hq'. rewrite (representatives kc' kc) by congruence. exact Hs.
    + apply (IH2 _ Hm). intros q'. simpl. destruct (Nat.eqb_spec q' q) as [->|]; [|apply Hc].
      intros kc' Hk' Hq'. rewrite (representatives kc' kc) by congruence. lra.
Qed.

Theorem tree_nonnegative v t : tree_ok [] t = true -> 0 <= feval f v.
Proof. intros H. apply (tree_sound v t [] H). intros q kc _ _. exact I. Qed.
End Trees.

(** ** psi_i in integers *)
Section Psi.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (m P). Notation N := (points p). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DS := (IZR (Zpos (den_slopes S))).
Notation DE := (IZR (Zpos (unit_e S D))).
Notation es := (residual_rows S P D (T S P D)).

Definition unit_psi : R := DS * DE * DX.
Lemma unit_psi_pos : 0 < unit_psi.
Proof. unfold unit_psi. repeat apply Rmult_lt_0_compat; apply IZR_Zpos. Qed.

Definition parts (i : nat) : list row :=
  linear_parts S (nth i (p_T pre) []) (p_columns pre) (p_totals pre).
Definition kinks_of (i : nat) : list kclass :=
  filter (on_kink (nth i (p_W pre) [])) (p_classes pre).

Lemma linear_parts_nth ts cols totals j : length cols = length totals -> (j < length cols)%nat ->
  nth j (linear_parts S ts cols totals) [] = linear_part_row S ts (nth j cols []) (nth j totals []).
Proof.
  revert totals j. induction cols as [|c cols IH]; intros [|t totals] j Hl Hj; simpl in *; try lia.
  destruct j; auto. apply IH; lia.
Qed.
Lemma length_linear_parts ts cols totals : length cols = length totals ->
  length (linear_parts S ts cols totals) = length cols.
Proof.
  revert totals. induction cols as [|c cols IH]; intros [|t totals] H; simpl in *; try lia.
  rewrite IH; lia.
Qed.

Lemma length_columns : length (p_columns pre) = J.
Proof. unfold pre, prepare. simpl. rewrite map_length. now apply (length_E S P D Hok). Qed.
Lemma length_totals : length (p_totals pre) = J.
Proof. unfold pre, prepare. simpl. rewrite !map_length. now apply (length_E S P D Hok). Qed.
Lemma columns_nth j : (j < J)%nat ->
  nth j (p_columns pre) [] = scale_rows (nth j es []) (X S D).
Proof.
  intros Hj. unfold pre, prepare. simpl p_columns.
  apply (nth_map_lt (fun e => scale_rows e (X S D)) es j []). rewrite (length_E S P D Hok). exact Hj.
Qed.
Lemma columns_spec j : (j < J)%nat ->
  length (nth j (p_columns pre) []) = N /\ all_sized d (nth j (p_columns pre) []) /\
  forall k a, (k < N)%nat ->
    zmat (nth j (p_columns pre) []) k a = DE * residual p P0 k j * (DX * input p k a).
Proof.
  intros Hj. rewrite columns_nth by auto.
  destruct (scale_rows_spec N (nth j es []) (X S D)) as [A B];
    [now apply (length_E_row S P D Hok) | apply (length_X S D) |].
  split; [exact A|]. split; [apply scale_rows_sized, (sized_X S P D Hok)|].
  intros k a Hk. rewrite B by auto.
  change (zvec (nth j es []) k) with (zmat es j k).
  rewrite (E_spec S P D Hok j k Hj Hk), (X_spec S P D Hok). reflexivity.
Qed.
Lemma totals_nth j : (j < J)%nat -> nth j (p_totals pre) [] = vsum d (nth j (p_columns pre) []).
Proof.
  intros Hj. unfold pre, prepare. simpl p_totals. simpl p_columns.
  apply (nth_map_lt (vsum d) _ j []). rewrite map_length, (length_E S P D Hok). exact Hj.
Qed.

(** 2 sigma_ik, over [den_slopes] *)
Definition doubled_slope (i k : nat) : R :=
  let t := dot p (w P0 i) (input p k) in
  if Rlt_dec 0 t then 2 * slope_plus p else if Rlt_dec t 0 then 2 * slope_minus p
  else slope_plus p + slope_minus p.

Lemma sign_of t s tau : 0 < s -> IZR t = s * tau ->
  match t with Zpos _ => 0 < tau | Z0 => tau = 0 | Zneg _ => tau < 0 end.
Proof.
  intros Hs Ht. destruct t as [|q|q].
  - apply (Rmult_eq_reg_l s); lra.
  - apply (Rmult_lt_reg_l s); auto. rewrite Rmult_0_r, <- Ht. now apply IZR_lt.
  - apply (Rmult_lt_reg_l s); auto. rewrite Rmult_0_r, <- Ht. now apply IZR_lt.
Qed.

Lemma parts_spec i j : (i < m)%nat -> (j < J)%nat ->
  length (nth j (parts i) []) = d /\ forall a, zmat (parts i) j a =
    unit_psi * sum N (fun k => residual p P0 k j * doubled_slope i k * input p k a).
Proof.
  intros Hi Hj. unfold zmat, parts.
  rewrite linear_parts_nth; rewrite ?length_columns, ?length_totals; auto.
  destruct (columns_spec j Hj) as (A & B & C).
  rewrite (totals_nth j Hj). unfold linear_part_row.
  set (cs := nth j (p_columns pre) []) in *.
  destruct (vsum_spec d cs B) as [V1 V2].
  assert (Hts : length (nth i (p_T pre) []) = length cs)
    by (rewrite A; apply (length_T_row S P D Hok i Hi)).
  destruct (signed_sum_spec d (nth i (p_T pre) []) cs B Hts) as [S1 S2].
  split; [rewrite length_vadd; rewrite !length_smul; congruence|].
  intros a. rewrite zvec_vadd, !zvec_smul, V2, S2 by (rewrite !length_smul; congruence).
  rewrite A, <- !sum_scal, <- sum_plus. unfold unit_psi. apply sum_ext. intros k Hk.
  rewrite (C k a Hk). rewrite mult_IZR, minus_IZR, (plus_spec S), (minus_spec S).
  pose proof (sign_of (nth k (nth i (p_T pre) []) 0%Z) (RW D i * RX D k) _ (RWX_pos D i k)
                (T_spec S P D Hok i k Hi Hk)) as Hs.
  unfold doubled_slope. fold p P0 in Hs |- *.
  destruct (nth k (nth i (p_T pre) []) 0%Z); simpl weighted_sign;
  destruct (Rlt_dec 0 (dot p (w P0 i) (input p k))), (Rlt_dec (dot p (w P0 i) (input p k)) 0);
  try lra; ring.
Qed.

Lemma classes_from_sum (F : kclass -> R) g l : forall q,
  fsum F (filter g (classes_from S M es q l)) =
  sum (length l) (fun c => let k := class_of S M es (q + N.of_nat c) (nth c l (O, [])) in
                           if g k then F k else 0).
Proof.
  induction l as [|rd l IH]; intros q; auto.
  simpl length. rewrite sum_shift. simpl classes_from. simpl filter. cbv zeta.
  rewrite N.add_0_r. simpl nth.
  rewrite (sum_ext (length l) _ (fun c => let k := class_of S M es (N.succ q + N.of_nat c)
     (nth c l (O, [])) in if g k then F k else 0)).
  2:{ intros c _. cbv zeta. replace (q + N.of_nat (Datatypes.S c))%N with (N.succ q + N.of_nat c)%N by lia.
      reflexivity. }
  rewrite <- IH. destruct (g (class_of S M es q rd)); simpl; lra.
Qed.

Definition member (k : nat) : BinNums.N * Z := nth k (members M) (0%N, 0%Z).

Lemma member_spec k : (k < N)%nat ->
  length (members M) = N /\
  (snd (member k) = 0%Z /\ (forall v, dot p (input p k) v = 0)
   \/ exists rd, nth_error (class_list M) (N.to_nat (fst (member k))) = Some rd
       /\ nth k (X S D) [] = smul (snd (member k)) (snd rd) /\ snd (member k) <> 0%Z).
Proof.
  intros Hk. unfold merging_ok in Hm. apply andb_prop in Hm as [H _].
  apply (for_all2_spec _ _ _ [] (0%N, 0%Z)) in H as [Hl H].
  change (p_X pre) with (X S D) in *. rewrite (length_X S D) in *. split; [now symmetry|].
  specialize (H k Hk). fold (member k) in H. unfold member_ok in H.
  destruct (snd (member k)) as [|z|z] eqn:El.
  - left. split; auto. intros v. apply sum_zero. intros a _.
    assert (E := X_spec S P D Hok k a). unfold zmat in E. rewrite all_zero_spec in E by auto.
    fold p in E. assert (E0 : input p k a = 0).
    { pose proof (IZR_Zpos (den_x D)). apply (Rmult_eq_reg_l DX); lra. }
    rewrite E0. ring.
  - right. destruct (nth_error _ _) as [rd|]; [|discriminate]. exists rd.
    apply row_eqb_eq in H. repeat split; auto. discriminate.
  - right. destruct (nth_error _ _) as [rd|]; [|discriminate]. exists rd.
    apply row_eqb_eq in H. repeat split; auto. discriminate.
Qed.

Lemma classes_ok_nth l : forall q, classes_ok S M q l = true -> forall c, (c < length l)%nat ->
  class_ok S M (q + N.of_nat c) (nth c l (O, [])) = true.
Proof.
  induction l as [|rd l IH]; intros q H c Hc; simpl in *; [lia|].
  apply andb_prop in H as [H1 H2]. destruct c as [|c].
  - rewrite N.add_0_r. exact H1.
  - replace (q + N.of_nat (Datatypes.S c))%N with (N.succ q + N.of_nat c)%N by lia. apply IH; auto; lia.
Qed.
Definition class_at (c : nat) : nat * row := nth c (class_list M) (O, []).
Lemma class_spec c : (c < length (class_list M))%nat ->
  length (snd (class_at c)) = d /\ (0 < snd (member (fst (class_at c))))%Z
  /\ fst (member (fst (class_at c))) = N.of_nat c /\ all_zero (snd (class_at c)) = false.
Proof.
  intros Hc. unfold merging_ok in Hm. apply andb_prop in Hm as [_ H].
  pose proof (classes_ok_nth _ _ H c Hc) as E. unfold class_ok in E.
  apply andb_prop in E as [E E3]. apply andb_prop in E as [E1 E2].
  apply andb_prop in E1 as [E1 E4]. apply negb_true_iff in E4. apply Nat.eqb_eq in E1. apply Z.ltb_lt in E2. apply N.eqb_eq in E3.
  repeat split; auto.
Qed.

Lemma rdot_X k v : (k < N)%nat -> rdot (nth k (X S D) []) v = DX * dot p v (input p k).
Proof.
  intros Hk. unfold rdot. rewrite (all_sized_nth d) by (try (apply (sized_X S P D Hok));
    rewrite (length_X S D); auto).
  unfold dot. rewrite <- sum_scal. apply sum_ext. intros a _.
  change (zvec (nth k (X S D) []) a) with (zmat (X S D) k a). rewrite (X_spec S P D Hok).
  fold p. ring.
Qed.

Lemma kink_spec i j v : (i < m)%nat -> (j < J)%nat ->
  fsum (fun k => IZR (nth j (kink_sums k) 0%Z) * Rabs (rdot (dir k) v)) (kinks_of i) =
  unit_psi * sum N (fun k => if Req_EM_T (dot p (w P0 i) (input p k)) 0 then
     residual p P0 k j * ((slope_plus p - slope_minus p) * Rabs (dot p v (input p k))) else 0).
Proof.
  intros Hi Hj. unfold kinks_of. change (p_classes pre) with (classes_from S M es 0 (class_list M)).
  rewrite classes_from_sum. cbv zeta. simpl N.add.
  change (p_W pre) with (W S P D). set (wi := nth i (W S P D) []).
  assert (Hwi : length wi = d) by (apply all_sized_nth; [apply (sized_W S P D Hok) |
     rewrite (length_W S P D); exact Hi]).
  set (ncl := length (class_list M)).
  transitivity (sum ncl (fun c => sum N (fun k =>
     if N.eqb (fst (member k)) (N.of_nat c) then
       if Z.eqb (zdot wi (snd (class_at c))) 0 then
         IZR (plus S - minus S) * Rabs (IZR (snd (member k))) * zmat es j k
         * Rabs (rdot (snd (class_at c)) v) else 0 else 0))).
  { apply sum_ext. intros c Hc. unfold on_kink. simpl dir. fold (class_at c).
    destruct (Z.eqb (zdot wi (snd (class_at c))) 0).
    - simpl kink_sums. rewrite (nth_map_lt _ es j []) by (rewrite (length_E S P D Hok); auto).
      rewrite mult_IZR, (class_sum_spec _ N).
      + rewrite <- sum_scal, <- sum_scal_r. apply sum_ext. intros k Hk. fold (member k).
        unfold zmat. destruct (N.eqb _ _); ring.
      + destruct (Nat.eq_dec N 0) as [H0|H0].
        * unfold merging_ok in Hm. apply andb_prop in Hm as [H _].
          apply (for_all2_spec _ _ _ [] (0%N, 0%Z)) in H as [Hl _].
          change (p_X pre) with (X S D) in Hl. now rewrite (length_X S D) in Hl.
        * apply (member_spec 0). lia.
      + now apply (length_E_row S P D Hok).
    - rewrite sum_zero; auto. intros. destruct (N.eqb _ _); auto. }
  rewrite sum_swap, <- sum_scal. apply sum_ext. intros k Hk.
  destruct (member_spec k Hk) as [Hlen [[H0 Hx]|(rd & Hrd & HX & Hne)]].
  - rewrite sum_zero.
    + destruct (Req_EM_T _ 0); [|ring]. rewrite (dot_comm p v), Hx, Rabs_R0. ring.
    + intros c _. rewrite H0, Rabs_R0. destruct (N.eqb _ _); auto. destruct (Z.eqb _ _); ring.
  - set (c := N.to_nat (fst (member k))) in *.
    assert (Hc : (c < ncl)%nat) by (apply nth_error_Some; rewrite Hrd; discriminate).
    assert (Hca : class_at c = rd) by (now apply nth_error_nth).
    rewrite (sum_single ncl _ c Hc).
    2:{ intros c' _ Hne'. destruct (N.eqb_spec (fst (member k)) (N.of_nat c')) as [E|]; auto.
        exfalso. apply Hne'. unfold c. rewrite E. lia. }
    replace (N.eqb (fst (member k)) (N.of_nat c)) with true
      by (symmetry; apply N.eqb_eq; unfold c; lia).
    destruct (class_spec c Hc) as [Hd _]. rewrite Hca in *.
    set (l := snd (member k)) in *.
    assert (Hl : IZR l <> 0) by (now apply not_0_IZR).
    assert (Et : IZR l * IZR (zdot wi (snd rd)) = DW * (DX * dot p (w P0 i) (input p k))).
    { rewrite <- (rdot_zvec wi (snd rd)) by congruence.
      rewrite <- rdot_X by auto. rewrite HX, rdot_smul.
      unfold rdot. rewrite Hd, Hwi, <- !sum_scal. apply sum_ext. intros a _.
      change (zvec wi a) with (zmat (W S P D) i a). rewrite (W_spec S P D Hok). fold P0. ring. }
    assert (Ev : Rabs (IZR l) * Rabs (rdot (snd rd) v) = DX * Rabs (dot p v (input p k))).
    { rewrite <- Rabs_mult, <- rdot_smul, <- HX, rdot_X by auto.
      rewrite Rabs_mult, (Rabs_right DX); auto. left; apply IZR_Zpos. }
    pose proof (DXW_pos D) as Hpos.
    destruct (Z.eqb_spec (zdot wi (snd rd)) 0) as [Ez|Ez].
    + destruct (Req_EM_T _ 0) as [_|Hn].
      * rewrite (E_spec S P D Hok j k Hj Hk). fold p P0.
        transitivity (IZR (plus S - minus S) * (DE * residual p P0 k j)
          * (Rabs (IZR l) * Rabs (rdot (snd rd) v))); [ring|].
        rewrite Ev, minus_IZR, (plus_spec S), (minus_spec S). fold p. unfold unit_psi. ring.
      * exfalso. apply Hn. rewrite Ez in Et. apply (Rmult_eq_reg_l (DW * DX)); lra.
    + destruct (Req_EM_T _ 0) as [E|_]; [|ring]. exfalso. apply Ez. apply eq_IZR.
      rewrite E in Et. apply (Rmult_eq_reg_l (IZR l)); auto. lra.
Qed.

(** psi_ij(v), times a positive constant. *)
Theorem psi_spec i j v : (i < m)%nat -> (j < J)%nat ->
  scale p * (rdot (nth j (parts i) []) v
    + fsum (fun k => IZR (nth j (kink_sums k) 0%Z) * Rabs (rdot (dir k) v)) (kinks_of i))
  = unit_psi * psi p P0 i v j.
Proof.
  intros Hi Hj. rewrite (kink_spec i j v Hi Hj). destruct (parts_spec i j Hi Hj) as [Hl Ha].
  unfold rdot. rewrite Hl.
  rewrite (sum_ext d _ (fun a => unit_psi * sum N (fun k =>
    residual p P0 k j * doubled_slope i k * (input p k a * v a)))).
  2:{ intros a _. change (zvec (nth j (parts i) []) a) with (zmat (parts i) j a). rewrite Ha.
      rewrite Rmult_assoc, <- sum_scal_r. f_equal. apply sum_ext. intros; ring. }
  rewrite sum_scal, sum_swap, <- Rmult_plus_distr_l, <- sum_plus.
  unfold psi. rewrite <- Rmult_assoc, (Rmult_comm (scale p)), !Rmult_assoc. f_equal.
  rewrite <- !sum_scal. apply sum_ext. intros k Hk. rewrite sum_scal.
  change (sum d (fun a => input p k a * v a)) with (dot p (input p k) v). rewrite (dot_comm p _ v).
  unfold doubled_slope. unfold drho. set (t := dot p (w P0 i) (input p k)).
  destruct (Rlt_dec 0 t), (Rlt_dec t 0), (Req_EM_T t 0); try lra; try ring.
  rewrite rho_abs. field.
Qed.

(** Contracted with output weights g. *)
Definition along (i : nat) (g : row) : functional := contract S (parts i) (kinks_of i) g.

Lemma length_kink_sums k : In k (p_classes pre) -> length (kink_sums k) = J.
Proof.
  change (p_classes pre) with (classes_from S M es 0 (class_list M)).
  generalize 0%N. induction (class_list M) as [|rd l IH]; intros q Hk; simpl in Hk; [tauto|].
  destruct Hk as [<-|Hk]; [|now apply (IH (N.succ q))].
  simpl. rewrite map_length. now apply (length_E S P D Hok).
Qed.
Lemma in_classes k : In k (p_classes pre) -> exists c, (c < length (class_list M))%nat /\
  k = class_of S M es (N.of_nat c) (class_at c).
Proof.
  change (p_classes pre) with (classes_from S M es 0 (class_list M)). unfold class_at.
  assert (H : forall l q, In k (classes_from S M es q l) -> exists c, (c < length l)%nat /\
     k = class_of S M es (q + N.of_nat c) (nth c l (O, []))).
  { induction l as [|rd l IH]; intros q Hk; simpl in Hk; [tauto|]. destruct Hk as [<-|Hk].
    - exists O. split; [simpl; lia|]. rewrite N.add_0_r. reflexivity.
    - destruct (IH _ Hk) as (c & Hc & E). exists (Datatypes.S c). split; [simpl; lia|].
      replace (q + N.of_nat (Datatypes.S c))%N with (N.succ q + N.of_nat c)%N by lia. exact E. }
  intros Hk. destruct (H _ _ Hk) as (c & Hc & E). exists c. split; auto.
Qed.
Lemma kinks_sized i k : In k (kinks_of i) -> length (dir k) = d.
Proof.
  intros Hk. apply filter_In in Hk as [Hk _]. apply in_classes in Hk as (c & Hc & ->).
  now apply (class_spec c).
Qed.
Lemma sized_parts i : (i < m)%nat -> all_sized d (parts i) /\ length (parts i) = J.
Proof.
  intros Hi. assert (Hl : length (parts i) = J).
  { unfold parts. rewrite length_linear_parts; rewrite ?length_columns, ?length_totals; auto. }
  split; auto. intros r Hr. apply (In_nth _ _ []) in Hr as [j [Hj <-]]. rewrite Hl in Hj.
  now apply (parts_spec i j).
Qed.
Lemma sized_along i g : (i < m)%nat -> length g = J -> sized d (along i g).
Proof.
  intros Hi Hg. split.
  - apply length_lincomb. now apply sized_parts.
  - intros kc Hk. simpl in Hk. apply in_map_iff in Hk as [k [<- Hk]]. now apply (kinks_sized i).
Qed.

Theorem along_spec i g v : (i < m)%nat -> length g = J ->
  scale p * feval (along i g) v = unit_psi * inner p (zvec g) (psi p P0 i v).
Proof.
  intros Hi Hg. destruct (sized_parts i Hi) as [Hs Hl].
  unfold feval. simpl kinks. simpl linear. rewrite fsum_map. simpl fst. simpl snd.
  rewrite (fsum_ext _ (fun k => sum J (fun j => zvec g j *
     (IZR (nth j (kink_sums k) 0%Z) * Rabs (rdot (dir k) v))))).
  2:{ intros k Hk. rewrite (zdot_sum J); auto.
      - rewrite <- sum_scal_r. apply sum_ext. intros j _. unfold zvec. ring.
      - apply length_kink_sums. apply filter_In in Hk. tauto. }
  rewrite fsum_sum.
  assert (E : rdot (lincomb d g (parts i)) v = sum J (fun j => zvec g j * rdot (nth j (parts i) []) v)).
  { unfold rdot. rewrite length_lincomb by auto.
    rewrite (sum_ext d _ (fun a => sum J (fun j => zvec g j * (zmat (parts i) j a * v a)))).
    2:{ intros a _. rewrite (lincomb_spec d J) by auto. rewrite <- sum_scal_r.
        apply sum_ext; intros; ring. }
    rewrite sum_swap. apply sum_ext. intros j Hj. rewrite sum_scal. f_equal.
    rewrite (all_sized_nth d) by (auto; rewrite Hl; auto). reflexivity. }
  rewrite E, <- sum_plus, <- sum_scal. unfold inner. rewrite <- sum_scal.
  apply sum_ext. intros j Hj. rewrite fsum_scal.
  transitivity (zvec g j * (scale p * (rdot (nth j (parts i) []) v
    + fsum (fun k => IZR (nth j (kink_sums k) 0%Z) * Rabs (rdot (dir k) v)) (kinks_of i)))); [ring|].
  rewrite psi_spec by auto. ring.
Qed.

Lemma along_representatives i g kc kc' : In kc (kinks (along i g)) -> In kc' (kinks (along i g)) ->
  rep (fst kc) = rep (fst kc') -> dir (fst kc) = dir (fst kc').
Proof.
  simpl. intros H H' E. apply in_map_iff in H as [k [<- H]]. apply in_map_iff in H' as [k' [<- H']].
  apply filter_In in H as [H _]. apply filter_In in H' as [H' _].
  apply in_classes in H as (q & Hq & ->). apply in_classes in H' as (q' & Hq' & ->). simpl in *.
  destruct (class_spec q Hq) as (_ & _ & A & _). destruct (class_spec q' Hq') as (_ & _ & A' & _).
  rewrite E in A. rewrite A in A'. assert (q = q') by lia. now subst.
Qed.
End Psi.
