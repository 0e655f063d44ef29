(** Checkers of certificates, run by the kernel, and their soundness: the value of the loss,
    directional stationarity, escape neurons, local minima with their region. *)
From Coq Require Import ZArith QArith Qreals Reals String Ascii Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims Integers Prepare Facts
  Functional.
Import ListNotations.

(** ** The checkers *)
Section Checkers.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Local Open Scope Z_scope.

Definition squares (es : list row) : Z := zsum (map (fun e => zdot e e) es).
Definition check_loss_value (value : Q) : bool :=
  prepare_ok S P D
  && Z.eqb (Qnum (loss_scale S) * squares (residual_rows S P D (T S P D)) * Zpos (Qden value))
           (Qnum value * Zpos (Qden (loss_scale S)) * (Zpos (unit_e S D) * Zpos (unit_e S D))).

Definition with_derivatives (check : prepared -> bool) : bool :=
  prepare_ok S P D && (let pre := prepare S P D M in merging_ok S M pre && check pre).

Section Prepared.
Variable pre : prepared.
Definition parts_of (i : nat) : list row :=
  linear_parts S (nth i (p_T pre) []) (p_columns pre) (p_totals pre).
Definition kinks_at (i : nat) : list kclass :=
  filter (on_kink (nth i (p_W pre) [])) (p_classes pre).

(** Psi(w_i) = 0, and sum_k e_k = 0 where c is a parameter *)
Definition outputs_ok (i : nat) (ps : list row) : bool :=
  let wi := nth i (p_W pre) [] in forallb (fun r => Z.eqb (zdot r wi) 0) ps.
Definition bias_ok : bool :=
  if with_output_bias S then forallb (fun e => Z.eqb (zsum e) 0) (p_E pre) else true.
Definition balanced_ok (neuron : nat -> list row -> bool) : bool :=
  bias_ok && forallb (fun i => let ps := parts_of i in outputs_ok i ps && neuron i ps)
                     (seq 0 (m P)).

(** Multipliers are over [den_slopes * unit_e * den] and the denominator of the scale. *)
Definition tree_unit (den : positive) : Z :=
  Zpos (Qden (loss_scale S)) * Zpos (den_slopes S) * Zpos (unit_e S D) * Zpos den.
Definition nonnegative_ok (i : nat) (ps : list row) (den : positive) (g : row) (t : tree) : bool :=
  tree_ok (d S) (tree_unit den) (Qnum (loss_scale S)) (contract S ps (kinks_at i) g) [] t.

Definition stationary_ok (trees : list tree) : bool :=
  Nat.eqb (length trees) (m P)
  && balanced_ok (fun i ps =>
       nonnegative_ok i ps (den_v D) (height (p_V pre) i) (nth i trees (Leaf 1 []))).

Fixpoint char_ok (s : string) (ts : row) : bool :=
  match s, ts with
  | EmptyString, [] => true
  | String a s', t :: ts' =>
      (match t with Zpos _ => (a =? "+")%char | Z0 => (a =? "0")%char | Zneg _ => (a =? "-")%char end)
      && char_ok s' ts'
  | _, _ => false
  end.
Fixpoint add_at (j : nat) (z : Z) (g : row) : row :=
  match g, j with
  | [], _ => [] | a :: g', O => a + z :: g' | a :: g', Datatypes.S j' => a :: add_at j' z g'
  end.
Definition corners_ok (i : nat) (ps : list row) (den : positive) (step : Z) (trees : list tree) : bool :=
  let g := smul (Zpos den) (height (p_V pre) i) in
  Nat.eqb (length trees) (output_dimension S)
  && forallb (fun j => nonnegative_ok i ps (den * den_v D) (add_at j (step * Zpos (den_v D)) g)
                         (nth j trees (Leaf 1 []))) (seq 0 (output_dimension S)).
Definition vanishes (i : nat) (ps : list row) : bool :=
  forallb all_zero ps && forallb (fun k => all_zero (kink_sums k)) (kinks_at i).
Definition output_ok (radius : Q) (i : nat) (ps : list row) (o : output_region)
    (t : option (list tree * list tree)) : bool :=
  match o, t with
  | all_outputs, None => vanishes i ps
  | spread delta, Some (above, below) =>
      Z.ltb 0 (Qnum delta)
      && Z.leb (Qnum radius * Z.of_nat (output_dimension S) * Zpos (Qden delta))
               (Qnum delta * Zpos (Qden radius))
      && corners_ok i ps (Qden delta) (Qnum delta) above
      && corners_ok i ps (Qden delta) (- Qnum delta) below
  | _, _ => false
  end.
Definition radius_ok (radius : Q) (norms : row) (i : nat) (ts : row) : bool :=
  let r := Qnum radius * Zpos (nth i (rows_w D) 1%positive) in
  for_all2 (fun t x => match t with Z0 => true | _ => Z.leb (r * x) (Zpos (Qden radius) * Z.abs t) end)
    ts norms.
Definition local_minimum_ok (radius : Q) (R0 : region)
    (trees : list (option (list tree * list tree))) : bool :=
  let norms := map (fun x => zsum (map Z.abs x)) (X_rows S D) in
  Z.ltb 0 (Qnum radius) && Nat.eqb (length R0) (m P) && Nat.eqb (length trees) (m P)
  && balanced_ok (fun i ps =>
       let r := nth i R0 (""%string, all_outputs) in
       let ts := nth i (p_T pre) [] in
       char_ok (fst r) ts && radius_ok radius norms i ts
       && output_ok radius i ps (snd r) (nth i trees None)).

(** A direction or a curve gives its entries for some neurons. *)
Definition vector_ok (v : row) : bool := Nat.eqb (length v) (d S).
Definition escape_ok (i : nat) (v : row) : bool :=
  let ps := parts_of i in
  Nat.ltb i (m P) && vector_ok v
  && Z.eqb (zeval (contract S ps (kinks_at i) (height (p_V pre) i)) v) 0
  && existsb (fun j => negb (Z.eqb (zeval (contract S ps (kinks_at i)
                                    (add_at j 1 (zeros (output_dimension S)))) v) 0))
             (seq 0 (output_dimension S)).

(** A direction: for some neurons the change of w_i (over [dw]) and of h_i (over [dh]); the change
    of c (over [dc]). *)
Record direction := Direction {
  moved : list (nat * (row * row)); moved_bias : row; den_dw : positive; den_dh : positive;
  den_dc : positive }.
Definition derivative_times (x : direction) : Z :=
  let a := Zpos (den_v D) in let b := Zpos (den_w D) in
  let per i := let uv := lookup ([], []) i (moved x) in
    match fst uv, snd uv with
    | [], [] => 0
    | u, g =>
      let ps := parts_of i in
      let wi := nth i (p_W pre) [] in
      zeval (contract S ps (kinks_at i) (height (p_V pre) i)) u
        * (b * Zpos (den_dh x) * Zpos (den_dc x))
      + zdot g (map (fun r => zdot r wi) ps) * (a * Zpos (den_dw x) * Zpos (den_dc x))
    end in
  zsum (map per (seq 0 (m P)))
  + (if with_output_bias S then
       zdot (moved_bias x) (map zsum (p_E pre))
       * (2 * Zpos (den_slopes S) * Zpos (den_x D) * a * b * Zpos (den_dw x) * Zpos (den_dh x))
     else 0).
Definition direction_ok (x : direction) : bool :=
  forallb (fun ig => let uv := snd ig in
     vector_ok (fst uv) && Nat.eqb (length (snd uv)) (output_dimension S) && Nat.ltb (fst ig) (m P))
    (moved x)
  && (if with_output_bias S then Nat.eqb (length (moved_bias x)) (output_dimension S)
      else Nat.eqb (length (moved_bias x)) 0).
End Prepared.

Definition check_directionally_stationary (trees : list tree) : bool :=
  with_derivatives (fun pre => stationary_ok pre trees).
Definition check_not_directionally_stationary (x : direction) : bool :=
  with_derivatives (fun pre => direction_ok x && Z.ltb (derivative_times pre x) 0).
Definition check_escape_neuron (i : nat) (v : row) (trees : list tree) : bool :=
  with_derivatives (fun pre => stationary_ok pre trees && escape_ok pre i v).
Definition check_local_minimum (radius : Q) (R0 : region)
    (trees : list (option (list tree * list tree))) : bool :=
  with_derivatives (fun pre => local_minimum_ok pre radius R0 trees).
End Checkers.

(** Another network of the same shape, with a lower loss. *)
Definition same_shape (S : setting) (P better : parameters) : bool :=
  Nat.eqb (length (par_w better)) (length (par_w P)).
Definition check_better (S : setting) (P : parameters) (D : denominators) (value : Q)
    (better : parameters) (D' : denominators) (better_value : Q) : bool :=
  check_loss_value S P D value
  && same_shape S P better && check_loss_value S better D' better_value
  && Z.ltb (Qnum better_value * Zpos (Qden value)) (Qnum value * Zpos (Qden better_value)).
Definition check_spurious (S : setting) (P : parameters) (D : denominators) (M : merging)
    (radius : Q) (R0 : region) (trees : list (option (list tree * list tree))) (value : Q)
    (better : parameters) (D' : denominators) (better_value : Q) : bool :=
  check_local_minimum S P D M radius R0 trees && check_better S P D value better D' better_value.

(** ** Soundness *)
Local Open Scope R_scope.

Lemma zsum_map_sum {A} (f : A -> Z) l (a : A) :
  IZR (zsum (map f l)) = sum (length l) (fun k => IZR (f (nth k l a))).
Proof.
  induction l as [|x l IH]; auto. simpl length. rewrite sum_shift. simpl.
  now rewrite plus_IZR, IH.
Qed.

Lemma Qlt_R a b : (Qnum a * Zpos (Qden b) < Qnum b * Zpos (Qden a))%Z -> Q2R a < Q2R b.
Proof.
  intros H. apply IZR_lt in H. rewrite !mult_IZR, <- (Q2R_num a), <- (Q2R_num b) in H.
  pose proof (IZR_Zpos (Qden a)). pose proof (IZR_Zpos (Qden b)).
  apply (Rmult_lt_reg_r (IZR (Zpos (Qden a)) * IZR (Zpos (Qden b)))); nra.
Qed.

Theorem check_loss_value_sound S P D value :
  check_loss_value S P D value = true -> loss_is S P value.
Proof.
  unfold check_loss_value. intros H. apply andb_prop in H as [Hok H]. apply Z.eqb_eq in H.
  unfold loss_is, loss. set (p := problem_of S) in *. set (P0 := network_of S P) in *.
  assert (E : IZR (squares (residual_rows S P D (T S P D))) =
    (IZR (Zpos (unit_e S D)) * IZR (Zpos (unit_e S D)))
    * sum (points p) (fun k => sum (outputs p) (fun j => residual p P0 k j ^ 2))).
  { unfold squares. rewrite (zsum_map_sum _ _ []). rewrite (length_E S P D Hok).
    fold p. rewrite (sum_swap (points p)), <- sum_scal. apply sum_ext. intros j Hj.
    rewrite (zdot_sum (points p)) by (apply (length_E_row S P D Hok); exact Hj).
    rewrite <- sum_scal. apply sum_ext. intros k Hk.
    change (zvec (nth j (residual_rows S P D (T S P D)) []) k)
      with (zmat (residual_rows S P D (T S P D)) j k).
    rewrite (E_spec S P D Hok j k Hj Hk). fold p P0. ring. }
  apply (f_equal IZR) in H. rewrite !mult_IZR, E in H.
  rewrite <- (Q2R_num (loss_scale S)), <- (Q2R_num value) in H.
  pose proof (IZR_Zpos (unit_e S D)). pose proof (IZR_Zpos (Qden value)).
  pose proof (IZR_Zpos (Qden (loss_scale S))). unfold p; simpl scale. simpl real. fold p.
  set (u := IZR (Zpos (unit_e S D))) in *. set (a := IZR (Zpos (Qden value))) in *.
  set (b := IZR (Zpos (Qden (loss_scale S)))) in *.
  apply (Rmult_eq_reg_r (u * u * a * b)); [|repeat apply Rmult_integral_contrapositive_currified; lra].
  lra.
Qed.

Lemma with_derivatives_parts S P D M check : with_derivatives S P D M check = true ->
  prepare_ok S P D = true /\ merging_ok S M (prepare S P D M) = true
  /\ check (prepare S P D M) = true.
Proof.
  unfold with_derivatives. cbv zeta. intros H. apply andb_prop in H as [A B].
  apply andb_prop in B. tauto.
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

Lemma sp : 0 < scale p. Proof. apply (scale_positive S P D Hok). Qed.
Lemma u0_pos : 0 < u0. Proof. apply unit_psi_pos. Qed.

Lemma length_wi i : (i < m)%nat -> length (nth i (p_W pre) []) = d.
Proof.
  intros Hi. apply all_sized_nth; [apply (sized_W S P D Hok)|].
  change (p_W pre) with (W S P D). now rewrite (length_W S P D).
Qed.
Lemma wi_spec i a : zvec (nth i (p_W pre) []) a = DW * w P0 i a.
Proof. apply (W_spec S P D Hok). Qed.

Lemma height_spec i : length (height (p_V pre) i) = J /\
  forall j, zvec (height (p_V pre) i) j = DV * h P0 i j.
Proof.
  assert (Hl : length (p_V pre) = J) by apply (length_V S P D Hok).
  split; [unfold height; rewrite map_length; auto|].
  intros j. unfold zvec, height. destruct (Nat.lt_ge_cases j J) as [Hj|Hj].
  - rewrite (nth_map_lt _ _ j []) by (rewrite Hl; auto). apply (V_spec S P D Hok).
  - rewrite nth_overflow by (rewrite map_length, Hl; auto).
    assert (E := V_spec S P D Hok i j). unfold zmat in E.
    rewrite nth_overflow in E by (rewrite (length_V S P D Hok); auto).
    rewrite zvec_nil in E. exact E.
Qed.

(** Psi(w_i), in integers *)
Lemma dual_spec i j : (i < m)%nat -> (j < J)%nat ->
  scale p * IZR (zdot (nth j (parts_of S pre i) []) (nth i (p_W pre) [])) =
  u0 * (DW * dual p P0 (w P0 i) j).
Proof.
  intros Hi Hj. pose proof (psi_spec S P D M Hok Hm i j (zvec (nth i (p_W pre) [])) Hi Hj) as E.
  fold p P0 in E.
  assert (Hz : fsum (fun k => IZR (nth j (kink_sums k) 0%Z)
    * Rabs (rdot (dir k) (zvec (nth i (p_W pre) [])))) (kinks_of S P D M i) = 0).
  { rewrite (fsum_ext _ (fun _ => 0 * 0)), fsum_scal; [ring|]. intros k Hk.
    rewrite rdot_zvec by (rewrite (kinks_sized S P D M Hm i k Hk), length_wi; auto).
    apply filter_In in Hk as [_ Hk]. unfold on_kink in Hk. apply Z.eqb_eq in Hk.
    replace (zdot (dir k) (nth i (p_W pre) [])) with (zdot (nth i (p_W pre) []) (dir k)).
    - change pre with (prepare S P D M) in Hk |- *. rewrite Hk, Rabs_R0. ring.
    - clear. generalize (nth i (p_W pre) []) as a, (dir k) as b.
      induction a as [|x a IH]; intros [|y b]; simpl; auto. rewrite IH. ring. }
  rewrite Hz, Rplus_0_r in E.
  rewrite rdot_zvec in E.
  2:{ rewrite length_wi by auto. apply (parts_spec S P D M Hok i j Hi Hj). }
  change (parts S P D M i) with (parts_of S pre i) in E. rewrite E. f_equal.
  rewrite (psi_ext p P0 i _ (fun a => DW * w P0 i a)) by (intros; apply wi_spec).
  rewrite psi_scal by (left; apply IZR_Zpos). now rewrite psi_self.
Qed.

Lemma bias_sound : bias_ok S pre = true -> forall j, (j < J)%nat -> bias_gradient p P0 j = 0.
Proof.
  intros H j Hj. unfold bias_gradient. change (has_output_bias p) with (with_output_bias S).
  unfold bias_ok in H. destruct (with_output_bias S); auto.
  change (p_E pre) with (residual_rows S P D (T S P D)) in H.
  pose proof (forallb_nth _ _ [] H j) as E. rewrite (length_E S P D Hok) in E. specialize (E Hj).
  simpl in E. apply Z.eqb_eq in E. apply (f_equal IZR) in E.
  rewrite (zsum_sum (points p)) in E by (apply (length_E_row S P D Hok); auto).
  rewrite (sum_ext _ _ (fun k => IZR (Zpos (unit_e S D)) * residual p P0 k j)) in E
    by (intros k Hk; apply (E_spec S P D Hok j k Hj Hk)).
  rewrite sum_scal in E. pose proof (IZR_Zpos (unit_e S D)).
  assert (sum (points p) (fun k => residual p P0 k j) = 0) as ->; [|ring].
  apply (Rmult_eq_reg_l (IZR (Zpos (unit_e S D)))); lra.
Qed.

Lemma balanced_sound neuron : balanced_ok S P pre neuron = true ->
  balanced p P0 /\ forall i, (i < m)%nat -> neuron i (parts_of S pre i) = true.
Proof.
  unfold balanced_ok. cbv zeta. intros H. apply andb_prop in H as [Hb H].
  rewrite forallb_forall in H.
  assert (Hi : forall i, (i < m)%nat -> outputs_ok pre i (parts_of S pre i) = true
     /\ neuron i (parts_of S pre i) = true).
  { intros i Hi. specialize (H i). rewrite in_seq in H. specialize (H ltac:(lia)).
    now apply andb_prop in H. }
  split; [split|].
  - intros i j Hi' Hj. change (width P0) with m in Hi'. destruct (Hi i Hi') as [Ho _].
    unfold outputs_ok in Ho. cbv zeta in Ho.
    pose proof (forallb_nth _ _ [] Ho j) as E.
    destruct (sized_parts S P D M Hok i Hi') as [_ Hl].
    change (parts S P D M i) with (parts_of S pre i) in Hl. rewrite Hl in E. specialize (E Hj).
    cbv beta in E. apply Z.eqb_eq in E. pose proof (dual_spec i j Hi' Hj) as Hd. rewrite E in Hd.
    pose proof u0_pos. pose proof (IZR_Zpos (den_w D)).
    apply (Rmult_eq_reg_l (u0 * DW)); [lra|]. apply Rmult_integral_contrapositive_currified; lra.
  - now apply bias_sound.
  - intros i Hi'. now apply Hi.
Qed.

Lemma nonnegative_sound i den g t v : (i < m)%nat -> length g = J ->
  nonnegative_ok S D pre i (parts_of S pre i) den g t = true ->
  0 <= inner p (zvec g) (psi p P0 i v).
Proof.
  intros Hi Hg H. unfold nonnegative_ok in H.
  apply (tree_nonnegative d _ _ (along S P D M i g)
    (along_representatives S P D M Hm i g) (sized_along S P D M Hok Hm i g Hi Hg)
    ltac:(apply (form_parts S P D Hok)) v) in H.
  pose proof (along_spec S P D M Hok Hm i g v Hi Hg) as E. fold p P0 in E.
  pose proof sp. pose proof u0_pos.
  assert (0 <= u0 * inner p (zvec g) (psi p P0 i v)) by (rewrite <- E; apply Rmult_le_pos; lra).
  apply (Rmult_le_reg_l u0); lra.
Qed.

Lemma stationary_sound trees : stationary_ok S P D pre trees = true ->
  directionally_stationary p P0.
Proof.
  unfold stationary_ok. intros H. apply andb_prop in H as [_ H].
  apply balanced_sound in H as [Hb Hn]. apply directionally_stationary_iff. split; auto.
  intros i v Hi. specialize (Hn i Hi). destruct (height_spec i) as [Hl Hh].
  apply (nonnegative_sound i _ _ _ v Hi Hl) in Hn.
  rewrite (inner_ext p _ (fun j => DV * h P0 i j)) in Hn by (intros; apply Hh).
  rewrite inner_scal in Hn. unfold phi. pose proof (IZR_Zpos (den_v D)).
  apply (Rmult_le_reg_l DV); lra.
Qed.

Lemma zvec_add_at j z g l : (j < length g)%nat ->
  zvec (add_at j z g) l = zvec g l + IZR z * unit_vector j l.
Proof.
  revert g l. induction j as [|j IH]; intros [|a g] l Hj; simpl in Hj; try lia.
  - destruct l; unfold zvec, unit_vector; simpl; [rewrite plus_IZR; ring | ring].
  - destruct l.
    + unfold zvec, unit_vector; simpl. ring.
    + assert (E := IH g l ltac:(lia)). unfold zvec, unit_vector in *. simpl. exact E.
Qed.
Lemma length_add_at j z g : length (add_at j z g) = length g.
Proof. revert g. induction j; intros [|a g]; simpl; auto. Qed.

Lemma corners_sound i den step trees : (i < m)%nat ->
  corners_ok S D pre i (parts_of S pre i) den step trees = true -> forall v j, (j < J)%nat ->
  0 <= inner p (fun l => h P0 i l + (IZR step / IZR (Zpos den)) * unit_vector j l) (psi p P0 i v).
Proof.
  intros Hi H v j Hj. unfold corners_ok in H. cbv zeta in H. apply andb_prop in H as [_ H].
  rewrite forallb_forall in H. specialize (H j). rewrite in_seq in H. specialize (H ltac:(simpl; split; [lia|exact Hj])).
  destruct (height_spec i) as [Hl Hh].
  apply (nonnegative_sound i _ _ _ v Hi) in H; [|rewrite length_add_at, length_smul; auto].
  pose proof (IZR_Zpos den). pose proof (IZR_Zpos (den_v D)).
  rewrite (inner_ext p _ (fun l => (IZR (Zpos den) * DV)
    * (h P0 i l + (IZR step / IZR (Zpos den)) * unit_vector j l))) in H.
  2:{ intros l _. rewrite zvec_add_at by (rewrite length_smul, Hl; auto).
      rewrite zvec_smul, Hh, mult_IZR. field. lra. }
  rewrite inner_scal in H.
  apply (Rmult_le_reg_l (IZR (Zpos den) * DV)); [apply Rmult_lt_0_compat; lra|]. lra.
Qed.

Lemma vanishes_sound i : (i < m)%nat -> vanishes pre i (parts_of S pre i) = true ->
  forall v j, (j < J)%nat -> psi p P0 i v j = 0.
Proof.
  intros Hi H v j Hj. unfold vanishes in H. apply andb_prop in H as [H1 H2].
  pose proof (psi_spec S P D M Hok Hm i j v Hi Hj) as E. fold p P0 in E.
  rewrite all_zero_rdot in E.
  2:{ apply (forallb_nth _ _ [] H1). destruct (sized_parts S P D M Hok i Hi) as [_ Hl].
      change (parts S P D M i) with (parts_of S pre i) in Hl. rewrite Hl. exact Hj. }
  rewrite (fsum_ext _ (fun _ => 0 * 0)), fsum_scal in E.
  - pose proof u0_pos. apply (Rmult_eq_reg_l u0); lra.
  - intros k Hk. rewrite forallb_forall in H2. specialize (H2 k Hk).
    change (IZR (nth j (kink_sums k) 0%Z)) with (zvec (kink_sums k) j).
    rewrite (all_zero_spec _ H2). ring.
Qed.

Lemma char_sound s ts : char_ok s ts = true -> forall k, (k < length ts)%nat ->
  exists a, String.get k s = Some a /\
    match nth k ts 0%Z with Zpos _ => a = "+"%char | Z0 => a = "0"%char | Zneg _ => a = "-"%char end.
Proof.
  revert s. induction ts as [|t ts IH]; intros [|a s] H k Hk; simpl in *; try discriminate; try lia.
  apply andb_prop in H as [H1 H2]. destruct k as [|k].
  - exists a. split; auto. destruct t; now apply Ascii.eqb_eq.
  - apply (IH s H2 k). lia.
Qed.

Lemma local_minimum_neurons radius R0 trees :
  local_minimum_ok S P D pre radius R0 trees = true -> balanced p P0 /\ forall i, (i < m)%nat ->
    char_ok (fst (nth i R0 (""%string, all_outputs))) (nth i (p_T pre) []) = true
    /\ radius_ok D radius (map (fun x => zsum (map Z.abs x)) (X_rows S D)) i (nth i (p_T pre) []) = true
    /\ output_ok S D pre radius i (parts_of S pre i) (snd (nth i R0 (""%string, all_outputs)))
         (nth i trees None) = true.
Proof.
  unfold local_minimum_ok. cbv zeta. intros H. apply andb_prop in H as [_ H].
  apply balanced_sound in H as [Hb Hn]. split; [exact Hb|].
  intros i Hi. specialize (Hn i Hi). cbv beta zeta in Hn. apply andb_prop in Hn as [Hn A].
  apply andb_prop in Hn. tauto.
Qed.
Lemma output_safe radius R0 i t : (i < m)%nat ->
  output_ok S D pre radius i (parts_of S pre i) (snd (nth i R0 (""%string, all_outputs))) t = true ->
  safe p P0 i (spreads R0 i) /\ match spreads R0 i with Some delta => 0 < delta | None => True end.
Proof.
  intros Hi Ho. unfold spreads, safe.
  destruct (snd (nth i R0 (""%string, all_outputs))) as [|delta], t as [[ab be]|];
    simpl in Ho; try discriminate.
  - split; [|exact I]. intros v j Hj. now apply (vanishes_sound i Hi Ho).
  - apply andb_prop in Ho as [Ho Hbe]. apply andb_prop in Ho as [Ho Hab].
    apply andb_prop in Ho as [Hd _]. split; [|now apply Q2R_pos, Z.ltb_lt]. intros v j Hj.
    pose proof (corners_sound i _ _ _ Hi Hab v j Hj) as A.
    pose proof (corners_sound i _ _ _ Hi Hbe v j Hj) as B.
    rewrite opp_IZR in B. unfold Rdiv in B. rewrite Ropp_mult_distr_l_reverse in B. now split.
Qed.

Lemma local_minimum_sound radius R0 trees :
  local_minimum_ok S P D pre radius R0 trees = true -> is_local_minimum S P radius R0.
Proof.
  intros H. destruct (local_minimum_neurons radius R0 trees H) as [Hb Hx].
  unfold local_minimum_ok in H. cbv zeta in H. apply andb_prop in H as [H _].
  apply andb_prop in H as [H _]. apply andb_prop in H as [Hr Hl].
  apply Z.ltb_lt in Hr. apply Nat.eqb_eq in Hl.
  assert (Hr0 : 0 < Q2R radius) by (now apply Q2R_pos).
  assert (Hsafe : forall i, (i < m)%nat -> safe p P0 i (spreads R0 i)).
  { intros i Hi. now apply (output_safe radius R0 i (nth i trees None)), Hx. }
  assert (Hball : forall Q, within p (Q2R radius) P0 Q -> in_region p P0 (spreads R0) Q).
  { apply (ball_in_region p P0 (spreads R0)); auto.
    - intros i Hi. destruct (Hx i Hi) as (_ & _ & Ho). unfold spreads.
      destruct (snd (nth i R0 (""%string, all_outputs))) as [|delta], (nth i trees None) as [[ab be]|];
        simpl in Ho; auto; try discriminate.
      apply andb_prop in Ho as [Ho _]. apply andb_prop in Ho as [Ho _].
      apply andb_prop in Ho as [Hd Hj]. apply Z.ltb_lt in Hd. apply Z.leb_le in Hj.
      simpl real. split; [now apply Q2R_pos|]. apply IZR_le in Hj.
      rewrite !mult_IZR, <- (Q2R_num radius), <- (Q2R_num delta), <- INR_IZR_INZ in Hj.
      change (output_dimension S) with J in Hj.
      pose proof (IZR_Zpos (Qden radius)). pose proof (IZR_Zpos (Qden delta)).
      apply (Rmult_le_reg_r (IZR (Zpos (Qden radius)) * IZR (Zpos (Qden delta)))); [nra|]. lra.
    - intros i k Hi Hk Hne. destruct (Hx i Hi) as (_ & Ho & _). unfold radius_ok in Ho.
      cbv zeta in Ho. apply (for_all2_spec _ _ _ 0%Z 0%Z) in Ho as [Hlen Ho].
      change (p_T pre) with (T S P D) in *.
      destruct (X_rows_spec S P D Hok) as (_ & HlX & HXk).
      rewrite (length_T_row S P D Hok i Hi) in Ho. specialize (Ho k Hk).
      pose proof (T_spec S P D Hok i k Hi Hk) as Ht. unfold zmat, zvec in Ht. fold p P0 in Ht.
      set (t := nth k (nth i (T S P D) []) 0%Z) in *.
      assert (Ht0 : t <> 0%Z).
      { intros E. rewrite E in Ht. apply Hne. pose proof (RWX_pos D i k).
        apply (Rmult_eq_reg_l (RW D i * RX D k)); lra. }
      rewrite (nth_map_lt _ (X_rows S D) k []) in Ho by (rewrite HlX; exact Hk).
      destruct (HXk k Hk) as (Hlk & Hxk & _).
      assert (Hle : (Qnum radius * Zpos (nth i (rows_w D) 1%positive) * zsum (map Z.abs (nth k (X_rows S D) []))
                     <= Zpos (Qden radius) * Z.abs t)%Z) by (destruct t; [tauto| |]; now apply Z.leb_le).
      apply IZR_le in Hle. rewrite !mult_IZR, abs_IZR, Ht in Hle.
      fold (RW D i) in Hle.
      assert (En : IZR (zsum (map Z.abs (nth k (X_rows S D) []))) =
        RX D k * sum (inputs p) (fun a => Rabs (input p k a))).
      { rewrite (zsum_map_sum _ _ 0%Z).
        rewrite Hlk. rewrite <- sum_scal. apply sum_ext. intros a _. rewrite abs_IZR.
        change (IZR (nth a (nth k (X_rows S D) []) 0%Z)) with (zmat (X_rows S D) k a).
        rewrite Hxk, Rabs_mult, (Rabs_right (RX D k)); auto. left; apply IZR_Zpos. }
      rewrite En, <- (Q2R_num radius) in Hle.
      pose proof (RWX_pos D i k) as HP. rewrite Rabs_mult, (Rabs_right (RW D i * RX D k)) in Hle by lra.
      pose proof (IZR_Zpos (Qden radius)) as Hq.
      apply (Rmult_le_reg_l (IZR (Zpos (Qden radius)) * (RW D i * RX D k))); [apply Rmult_lt_0_compat; auto|].
      lra. }
  assert (Hreg := local_minimum_region p sp P0 (spreads R0) Hb Hsafe).
  split; [|split; [|split; [exact Hreg | split; [exact Hr0 | exact Hball]]]].
  - apply (local_minimum_ball p P0 (Q2R radius)); auto.
  - split; [exact Hl|]. intros i k Hi Hk. destruct (Hx i Hi) as (Hs & _).
    change (p_T pre) with (T S P D) in Hs.
    destruct (char_sound _ _ Hs k) as (a & Ha & Hsign).
    { rewrite (length_T_row S P D Hok i Hi). exact Hk. }
    exists a. split; [exact Ha|].
    pose proof (sign_of _ _ _ (RWX_pos D i k) (T_spec S P D Hok i k Hi Hk)) as Ht. fold p P0 in Ht.
    destruct (nth k (nth i (T S P D) []) 0%Z); subst a; exact Ht.
Qed.

Lemma inner_unit_row j v : (j < J)%nat ->
  inner p (zvec (add_at j 1 (zeros (output_dimension S)))) v = v j.
Proof.
  intros Hj. rewrite (inner_ext p _ (unit_vector j)); [now apply inner_unit|].
  intros l _. rewrite zvec_add_at by (rewrite length_zeros; exact Hj). rewrite zvec_zeros. ring.
Qed.

Lemma zeval_psi i g v : (i < m)%nat -> length g = J -> length v = d ->
  scale p * IZR (zeval (contract S (parts_of S pre i) (kinks_at pre i) g) v) =
  u0 * inner p (zvec g) (psi p P0 i (zvec v)).
Proof.
  intros Hi Hg Hv. pose proof (along_spec S P D M Hok Hm i g (zvec v) Hi Hg) as E.
  fold p P0 in E. rewrite <- E. f_equal.
  apply (zeval_spec d); auto. apply (sized_along S P D M Hok Hm); auto.
Qed.

Lemma escape_sound i v trees :
  stationary_ok S P D pre trees = true -> escape_ok S P pre i v = true -> is_escape_neuron S P i.
Proof.
  intros Hs H. unfold escape_ok in H. cbv zeta in H.
  apply andb_prop in H as [H He]. apply andb_prop in H as [H Hz]. apply andb_prop in H as [Hi Hv].
  apply Nat.ltb_lt in Hi. apply Nat.eqb_eq in Hv. apply Z.eqb_eq in Hz.
  apply existsb_exists in He as (j & Hj & He). apply in_seq in Hj.
  assert (HjJ : (j < J)%nat) by (simpl; lia).
  split; [now apply (stationary_sound trees)|]. split; [exact Hi|].
  pose proof sp as Hsp. pose proof u0_pos as Hu.
  exists (zvec v). split.
  - destruct (height_spec i) as [Hl Hh].
    pose proof (zeval_psi i _ v Hi Hl Hv) as E. rewrite Hz in E.
    rewrite (inner_ext p _ (fun j => DV * h P0 i j)) in E by (intros; apply Hh).
    rewrite inner_scal in E. fold p P0. unfold phi. pose proof (IZR_Zpos (den_v D)).
    apply (Rmult_eq_reg_l (u0 * DV)); [lra|]. apply Rmult_integral_contrapositive_currified; lra.
  - exists j. split; [exact HjJ|]. intros E0. apply negb_true_iff, Z.eqb_neq in He. apply He.
    assert (Hl : length (add_at j 1 (zeros (output_dimension S))) = J)
      by (rewrite length_add_at, length_zeros; reflexivity).
    pose proof (zeval_psi i _ v Hi Hl Hv) as E. rewrite inner_unit_row in E by auto.
    fold p P0 in E0. rewrite E0 in E. apply eq_IZR. apply (Rmult_eq_reg_l (scale p)); lra.
Qed.

(** ** A direction of descent *)
Definition direction_network (x : direction) : network := Network m
  (fun i a => zvec (fst (lookup ([], []) i (moved x))) a / IZR (Zpos (den_dw x)))
  (fun i j => zvec (snd (lookup ([], []) i (moved x))) j / IZR (Zpos (den_dh x)))
  (fun j => zvec (moved_bias x) j / IZR (Zpos (den_dc x))).

Lemma lookup_in {A} (dflt : A) i l : lookup dflt i l = dflt \/ In (i, lookup dflt i l) l.
Proof.
  induction l as [|[i' a] l IH]; simpl; auto. destruct (Nat.eqb_spec i i') as [->|]; auto.
  destruct IH; auto.
Qed.

Lemma derivative_sound x : direction_ok S P x = true -> 
  let K := DV * DW * IZR (Zpos (den_dw x)) * IZR (Zpos (den_dh x)) * IZR (Zpos (den_dc x)) in
  scale p * IZR (derivative_times S P D pre x) =
  u0 * K * directional_derivative p P0 (direction_network x).
Proof.
  intros Hx K. unfold direction_ok in Hx. apply andb_prop in Hx as [Hmv Hbias].
  rewrite forallb_forall in Hmv.
  pose proof (IZR_Zpos (den_dw x)) as P1. pose proof (IZR_Zpos (den_dh x)) as P2.
  pose proof (IZR_Zpos (den_dc x)) as P3.
  unfold derivative_times, directional_derivative. cbv zeta.
  rewrite plus_IZR, Rmult_plus_distr_l, Rmult_plus_distr_l. f_equal.
  - rewrite (zsum_map_sum _ _ 0%nat), seq_length, <- !sum_scal. change (width P0) with m.
    apply sum_ext. intros i Hi. rewrite seq_nth by auto. rewrite Nat.add_0_l.
    change (w (direction_network x) i) with
      (fun a => zvec (fst (lookup ([], []) i (moved x))) a / IZR (Zpos (den_dw x))).
    change (h (direction_network x) i) with
      (fun j => zvec (snd (lookup ([], []) i (moved x))) j / IZR (Zpos (den_dh x))).
    destruct (lookup_in ([], []) i (moved x)) as [E|Hin].
    { rewrite E. simpl fst. simpl snd. cbv iota.
      assert (H0 : phi p P0 i (fun a => zvec [] a / IZR (Zpos (den_dw x))) = 0).
      { apply inner_0_r. intros j _. rewrite (psi_ext p P0 i _ (fun _ => 0)); [apply psi_0|].
        intros a _. rewrite zvec_nil. field. lra. }
      rewrite H0, inner_0_l; [ring|]. intros j _. rewrite zvec_nil. field. lra. }
    specialize (Hmv _ Hin). simpl in Hmv. set (uv := lookup ([], []) i (moved x)) in *.
    apply andb_prop in Hmv as [Hmv _]. apply andb_prop in Hmv as [Hu Hg].
    unfold vector_ok in Hu. apply Nat.eqb_eq in Hu, Hg.
    assert (E : match fst uv, snd uv with
      | [], [] => 0%Z
      | u, g => (zeval (contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i)) u
          * (Zpos (den_w D) * Zpos (den_dh x) * Zpos (den_dc x))
          + zdot g (map (fun r => zdot r (nth i (p_W pre) [])) (parts_of S pre i))
          * (Zpos (den_v D) * Zpos (den_dw x) * Zpos (den_dc x)))%Z end
      = (zeval (contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i)) (fst uv)
          * (Zpos (den_w D) * Zpos (den_dh x) * Zpos (den_dc x))
          + zdot (snd uv) (map (fun r => zdot r (nth i (p_W pre) [])) (parts_of S pre i))
          * (Zpos (den_v D) * Zpos (den_dw x) * Zpos (den_dc x)))%Z
      \/ (fst uv = [] /\ snd uv = [])).
    { destruct (fst uv), (snd uv); auto. }
    destruct E as [->|[E1 E2]].
    2:{ rewrite E1, E2. cbv iota.
      assert (H0 : phi p P0 i (fun a => zvec [] a / IZR (Zpos (den_dw x))) = 0).
      { apply inner_0_r. intros j _. rewrite (psi_ext p P0 i _ (fun _ => 0)); [apply psi_0|].
        intros a _. rewrite zvec_nil. field. lra. }
      rewrite H0, inner_0_l; [ring|]. intros j _. rewrite zvec_nil. field. lra. }
    rewrite plus_IZR, !mult_IZR.
    destruct (height_spec i) as [Hl Hh].
    pose proof (zeval_psi i _ (fst uv) Hi Hl Hu) as Ez.
    rewrite (inner_ext p _ (fun j => DV * h P0 i j)) in Ez by (intros; apply Hh).
    rewrite inner_scal in Ez.
    assert (Ephi : phi p P0 i (fun a => zvec (fst uv) a / IZR (Zpos (den_dw x)))
       = / IZR (Zpos (den_dw x)) * inner p (h P0 i) (psi p P0 i (zvec (fst uv)))).
    { unfold phi. rewrite (inner_ext_r p _ (fun j => / IZR (Zpos (den_dw x)) * psi p P0 i (zvec (fst uv)) j)).
      - unfold inner. rewrite <- sum_scal. apply sum_ext; intros; ring.
      - intros j _. rewrite <- psi_scal by (left; now apply Rinv_0_lt_compat).
        apply psi_ext. intros a _. unfold Rdiv. ring. }
    assert (Ed : scale p * IZR (zdot (snd uv) (map (fun r => zdot r (nth i (p_W pre) [])) (parts_of S pre i)))
       = u0 * DW * inner p (zvec (snd uv)) (dual p P0 (w P0 i))).
    { destruct (sized_parts S P D M Hok i Hi) as [_ Hlp].
      change (parts S P D M i) with (parts_of S pre i) in Hlp.
      rewrite (zdot_sum J) by (rewrite ?map_length; auto). unfold inner.
      rewrite <- !sum_scal. apply sum_ext. intros j Hj.
      unfold zvec at 2. rewrite (nth_map_lt _ _ j []) by (rewrite Hlp; exact Hj).
      transitivity (zvec (snd uv) j * (scale p
        * IZR (zdot (nth j (parts_of S pre i) []) (nth i (p_W pre) [])))); [ring|].
      rewrite dual_spec by auto. ring. }
    rewrite Ephi.
    assert (Eg : inner p (fun j => zvec (snd uv) j / IZR (Zpos (den_dh x))) (dual p P0 (w P0 i))
       = / IZR (Zpos (den_dh x)) * inner p (zvec (snd uv)) (dual p P0 (w P0 i))).
    { rewrite <- inner_scal. apply inner_ext. intros. unfold Rdiv. ring. }
    rewrite Eg. unfold K.
    transitivity (scale p * IZR (zeval (contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i)) (fst uv))
      * (DW * IZR (Zpos (den_dh x)) * IZR (Zpos (den_dc x)))
      + scale p * IZR (zdot (snd uv) (map (fun r => zdot r (nth i (p_W pre) [])) (parts_of S pre i)))
        * (DV * IZR (Zpos (den_dw x)) * IZR (Zpos (den_dc x)))); [ring|].
    rewrite Ez, Ed. field. lra.
  - unfold inner, bias_gradient. change (has_output_bias p) with (with_output_bias S).
    destruct (with_output_bias S).
    + apply Nat.eqb_eq in Hbias. rewrite !mult_IZR.
      rewrite (zdot_sum J); auto.
      2:{ rewrite map_length. apply (length_E S P D Hok). }
      rewrite (sum_ext J _ (fun j => IZR (Zpos (unit_e S D)) * (zvec (moved_bias x) j
         * sum (points p) (fun k => residual p P0 k j)))).
      2:{ intros j Hj. change (p_E pre) with (residual_rows S P D (T S P D)).
          unfold zvec at 2. rewrite (nth_map_lt _ _ j []) by (rewrite (length_E S P D Hok); exact Hj).
          rewrite (zsum_sum (points p)) by (apply (length_E_row S P D Hok); exact Hj).
          rewrite (sum_ext _ _ (fun k => IZR (Zpos (unit_e S D)) * residual p P0 k j))
            by (intros k Hk; apply (E_spec S P D Hok j k Hj Hk)).
          rewrite sum_scal. ring. }
      rewrite sum_scal. simpl c.
      rewrite (sum_ext J (fun j => zvec (moved_bias x) j / _ * _) (fun j => (2 * scale p / IZR (Zpos (den_dc x)))
        * (zvec (moved_bias x) j * sum (points p) (fun k => residual p P0 k j))))
        by (intros; field; lra).
      rewrite sum_scal. unfold K, unit_psi. field. lra.
    + rewrite (sum_zero J) by (intros; ring). simpl. ring.
Qed.

Lemma not_stationary_sound x : direction_ok S P x = true ->
  Z.ltb (derivative_times S P D pre x) 0 = true -> is_not_directionally_stationary S P.
Proof.
  intros Hx H. apply Z.ltb_lt in H. apply IZR_lt in H. pose proof (derivative_sound x Hx) as E.
  cbv zeta in E. exists (direction_network x), (directional_derivative p P0 (direction_network x)).
  split; [apply directional_derivative_exists|].
  pose proof sp. pose proof u0_pos.
  set (K := DV * DW * IZR (Zpos (den_dw x)) * IZR (Zpos (den_dh x)) * IZR (Zpos (den_dc x))) in *.
  assert (0 < K) by (unfold K; repeat apply Rmult_lt_0_compat; apply IZR_Zpos).
  assert (0 < u0 * K) by (apply Rmult_lt_0_compat; auto).
  apply (Rmult_lt_reg_l (u0 * K)); auto. rewrite Rmult_0_r, <- E. nra.
Qed.
End Soundness.

(** ** The theorems that instances use *)
Theorem check_directionally_stationary_sound S P D M trees :
  check_directionally_stationary S P D M trees = true -> is_directionally_stationary S P.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C).
  now apply (stationary_sound S P D M A B trees).
Qed.
Theorem check_not_directionally_stationary_sound S P D M x :
  check_not_directionally_stationary S P D M x = true -> is_not_directionally_stationary S P.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C). apply andb_prop in C as [C C'].
  now apply (not_stationary_sound S P D M A B x).
Qed.
Theorem check_escape_neuron_sound S P D M i v trees :
  check_escape_neuron S P D M i v trees = true -> is_escape_neuron S P i.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C). apply andb_prop in C as [C C'].
  now apply (escape_sound S P D M A B i v trees).
Qed.
Theorem check_local_minimum_sound S P D M radius R0 trees :
  check_local_minimum S P D M radius R0 trees = true -> is_local_minimum S P radius R0.
Proof.
  intros H. apply with_derivatives_parts in H as (A & B & C).
  now apply (local_minimum_sound S P D M A B radius R0 trees).
Qed.
Theorem check_better_sound S P D value better D' better_value :
  check_better S P D value better D' better_value = true -> has_better S P value better better_value.
Proof.
  unfold check_better. intros H. repeat rewrite andb_true_iff in H.
  destruct H as [[[H2 H3] H4] H5]. split; [now apply check_loss_value_sound in H2|].
  split; [apply Nat.eqb_eq, H3|]. split; [now apply check_loss_value_sound in H4|].
  apply Qlt_R. now apply Z.ltb_lt.
Qed.
Theorem check_spurious_sound S P D M radius R0 trees value better D' better_value :
  check_spurious S P D M radius R0 trees value better D' better_value = true ->
  is_spurious_local_minimum S P radius R0 value better better_value.
Proof.
  intros H. apply andb_prop in H as [H1 H2]. split; [now apply check_local_minimum_sound in H1|].
  now apply check_better_sound in H2.
Qed.
