(** Checkers of Clarke stationarity and of its refutation over an exact arithmetic, and their
    soundness. *)
From Coq Require Import Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Clarke Claims Functional ClarkeChecks
  Arithmetic FieldChecks FieldSoundness.
Import ListNotations.

(** A proof by cases that no cell gradient of a neuron is orthogonal to, or opposite to, v. *)
Inductive field_separation (L : Type) := FieldSeparated | FieldEmptyCell (multipliers : list (nat * L))
  | FieldCases (q : nat) (positive_part negative_part : field_separation L).
Arguments FieldSeparated {L}. Arguments FieldEmptyCell {L}. Arguments FieldCases {L}.

Section Checkers.
Context {L : Type} (A : arithmetic L) (S : setting_over L) (P : parameters_over L) (z : point A).
Notation K := (carrier A).
Notation d := (size_d S). Notation N := (length (data_x S)). Notation J := (output_dimension S).
Notation m := (length (par_w P)).

Definition nonzero_datum (k : nat) : bool := some d (fun a => is_nonzero (z_x A z k a)).
Definition zero_datum (k : nat) : bool := all d (fun a => is_zero (z_x A z k a)).
(** u points into an open cell of neuron i. *)
Definition points_into_cell (i : nat) (u : nat -> K) : bool :=
  sides_decided A S z i u && all N (fun k =>
    match z_sign A z i k with Zero => zero_datum k || is_nonzero (along_x A S z u k) | _ => true end).
Definition gradient_entry (i : nat) (pull u : nat -> K) (a : nat) : K :=
  twice (total N (fun k => mul (pull k)
    (mul (match side_of A S z i u k with Positive => z_plus A z | _ => z_minus A z end) (z_x A z k a)))).
(** Multipliers, each with a point of its cell. *)
Definition convex_combination (i : nat) (cells : list (L * list L)) : bool :=
  let n := length cells in let pull := pull_of A S z (z_h A z i) in
  let mu := tabulate nought n (fun l => read A (fst (nth l cells (literal_zero A, [])))) in
  let u := tabulate2 nought n d (fun l => entry_of A (snd (nth l cells (literal_zero A, [])))) in
  is_zero (sub (total n mu) unity)
  && all n (fun l => is_nonnegative (mu l) && points_into_cell i (u l)
       && Nat.eqb (length (snd (nth l cells (literal_zero A, [])))) d)
  && all d (fun a => is_zero (total n (fun l => mul (mu l) (gradient_entry i pull (u l) a)))).

Variable classes : list (nat * L).
Definition least_kink (f : derivative K) (v : nat -> K) (dec : list (nat * side)) (q : nat) : K :=
  let s := mul (kink f q) (along_x A S z v q) in
  match lookup undecided q dec with
  | undecided => opp (absolute s) | positive_side => s | negative_side => opp s end.
Definition directed (dec : list (nat * side)) (ms : list (nat * L)) (q a : nat) : K :=
  let b := mul (multiplier A ms q) (z_x A z q a) in
  match lookup undecided q dec with undecided => nought | positive_side => b | negative_side => opp b end.
Definition is_decided (dec : list (nat * side)) (q : nat) : bool :=
  match lookup undecided q dec with undecided => false | _ => true end.
Fixpoint separates (i : nat) (f : derivative K) (v : nat -> K) (dec : list (nat * side))
    (tr : field_separation L) : bool :=
  match tr with
  | FieldSeparated =>
      all N (fun q => decided (sign_of (mul (kink f q) (along_x A S z v q))))
      && is_positive (add (total d (fun a => mul (v a) (linear_part f a)))
                          (total N (least_kink f v dec)))
  | FieldEmptyCell ms =>
      forallb (fun qa => is_decided dec (fst qa)) ms
      && all N (fun q => is_nonnegative (multiplier A ms q))
      && some N (fun q => is_decided dec q && is_positive (multiplier A ms q))
      && all d (fun a => is_zero (total N (fun q => directed dec ms q a)))
  | FieldCases q t1 t2 =>
      is_kink A S z classes i q && nonzero_datum q && negb (is_decided dec q)
      && separates i f v ((q, positive_side) :: dec) t1
      && separates i f v ((q, negative_side) :: dec) t2
  end.
End Checkers.

Definition check_field_clarke_stationary {L} (A : arithmetic L) (S : setting_over L)
    (P : parameters_over L) (neurons : list (list (L * list L))) : bool :=
  with_point A S P (fun z => point_balanced A S P z && Nat.eqb (length neurons) (length (par_w P))
    && all (length (par_w P)) (fun i => convex_combination A S z i (nth i neurons []))).
Definition check_field_not_clarke_output {L} (A : arithmetic L) (S : setting_over L)
    (P : parameters_over L) (i j : nat) : bool :=
  with_point A S P (fun z => Nat.ltb i (length (par_w P)) && Nat.ltb j (output_dimension S)
    && is_nonzero (dual_sum A S z i j)).
Definition check_field_not_clarke_bias {L} (A : arithmetic L) (S : setting_over L)
    (P : parameters_over L) (j : nat) : bool :=
  with_point A S P (fun z => with_output_bias S && Nat.ltb j (output_dimension S)
    && is_nonzero (residual_sum A S z j)).
Definition check_field_not_clarke_separated {L} (A : arithmetic L) (S : setting_over L)
    (P : parameters_over L) (classes : list (nat * L)) (i : nat) (v : list L)
    (tr : field_separation L) : bool :=
  with_point A S P (fun z => Nat.ltb i (length (par_w P)) && Nat.eqb (length v) (size_d S)
    && classes_ok A S z classes
    && separates A S z classes i (derivative_of A S z classes i (z_h A z i))
         (tabulate nought (size_d S) (entry_of A v)) [] tr).

Local Open Scope R_scope.
Lemma rsign_scaled r s y : Rabs r * (rsign s * y) = rsign (r * s) * (r * y).
Proof.
  unfold rsign, Rabs. destruct (Rcase_abs r), (Rlt_dec 0 s), (Rlt_dec s 0), (Rlt_dec 0 (r * s)),
    (Rlt_dec (r * s) 0); try nra; assert (r = 0) as -> by nra; ring.
Qed.

Section Soundness.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L).
Notation z := (prepared A S P).
Hypothesis Hok : point_ok A S P z = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation N := (length (data_x S)). Notation J := (output_dimension S). Notation d := (size_d S).
Notation m := (length (par_w P)).
Notation tik i k := (dot p (w P0 i) (input p k)).
Notation real_of o := (fun j => value (o j)).

Lemma pull_is_pulled i k : (i < m)%nat -> (k < N)%nat ->
  value (pull_of A S z (z_h A z i) k) = scale p * pull p P0 i k.
Proof.
  intros Hi Hk. rewrite (pull_value Hs S P Hok) by auto. unfold pulled, pull. f_equal.
  apply inner_ext. intros j Hj. now apply (h_value Hs).
Qed.

Lemma zero_datum_sound k : (k < N)%nat -> zero_datum A S z k = true -> dot p (input p k) (input p k) = 0.
Proof.
  intros Hk H. apply sum_zero. intros a Ha. change (inputs p) with d in Ha.
  pose proof (zero_sound Hs _ (all_spec _ _ H a Ha)) as E. rewrite (x_value Hs) in E by auto.
  fold p in E. rewrite E. ring.
Qed.
Lemma nonzero_datum_sound k : (k < N)%nat -> nonzero_datum A S z k = true ->
  dot p (input p k) (input p k) <> 0.
Proof.
  intros Hk H E. apply some_spec in H as (a & Ha & H). apply (nonzero_sound Hs) in H.
  rewrite (x_value Hs) in H by auto. fold p in H. apply H.
  assert (B : input p k a * input p k a = 0).
  { apply (sum_zero_ge0 (inputs p) (fun a => input p k a * input p k a)); auto. intros; nra. }
  apply Rmult_integral in B. tauto.
Qed.

Lemma generic_sound i u : (i < m)%nat -> points_into_cell A S z i u = true -> generic p P0 i (real_of u).
Proof.
  intros Hi H k Hk Hz Hne. unfold points_into_cell in H. apply andb_prop in H as [_ H].
  pose proof (all_spec _ _ H k Hk) as E. cbv beta in E. pose proof (sign_value Hs S P Hok i k Hi Hk) as Hsg.
  fold z p P0 in Hsg. destruct (z_sign A z i k); try lra. apply orb_prop in E as [E|E].
  - exfalso. now apply Hne, zero_datum_sound.
  - apply (nonzero_sound Hs) in E. now rewrite (along_value Hs) in E by auto.
Qed.

Lemma gradient_value i u a : (i < m)%nat -> (a < d)%nat -> points_into_cell A S z i u = true ->
  value (gradient_entry A S z i (pull_of A S z (z_h A z i)) u a) = cell_gradient p P0 i (real_of u) a.
Proof.
  intros Hi Ha H. unfold points_into_cell in H. apply andb_prop in H as [Hd _].
  unfold gradient_entry, cell_gradient, gradient_with. rewrite (value_twice Hs), (value_total Hs).
  rewrite Rmult_assoc. f_equal. rewrite <- sum_scal. apply sum_ext. intros k Hk.
  rewrite !(value_mul A value Hs), (x_value Hs), pull_is_pulled by auto. fold p.
  replace (value (match side_of A S z i u k with Positive => z_plus A z | _ => z_minus A z end))
    with (slope p (tik i k) (dot p (real_of u) (input p k))); [ring|].
  pose proof (all_spec _ _ Hd k Hk) as Hdk. cbv beta in Hdk. pose proof (sign_value Hs S P Hok i k Hi Hk) as Hsg.
  pose proof (value_sign A value Hs (along_x A S z u k)) as Hu. rewrite (along_value Hs) in Hu by auto.
  fold z p P0 in Hsg, Hu. unfold side_of in *. unfold slope.
  destruct (z_sign A z i k); try contradiction;
  [| destruct (sign_of (along_x A S z u k)); cbn [has_the_sign] in Hu; try discriminate |];
  destruct (Rlt_dec 0 (tik i k)), (Rlt_dec (tik i k) 0),
    (Rlt_dec 0 (dot p (real_of u) (input p k))); try lra; symmetry;
  first [apply (plus_value Hs) | apply (minus_value Hs)].
Qed.

Lemma convex_combination_sound i cells : (i < m)%nat -> convex_combination A S z i cells = true ->
  let n := length cells in
  let mu := fun l => value (read A (fst (nth l cells (literal_zero A, [])))) in
  let u := fun l => real_of (tabulate2 nought n d (fun l => entry_of A (snd (nth l cells (literal_zero A, [])))) l) in
  (forall l, (l < n)%nat -> 0 <= mu l /\ generic p P0 i (u l)) /\ sum n mu = 1
  /\ forall a, (a < inputs p)%nat -> sum n (fun l => mu l * cell_gradient p P0 i (u l) a) = 0.
Proof.
  intros Hi H n mu u. unfold convex_combination in H. cbv zeta in H.
  apply andb_prop in H as [H H3]. apply andb_prop in H as [H1 H2]. fold n in H1, H2, H3.
  assert (Hmu : forall l, (l < n)%nat -> value (tabulate nought n
    (fun l => read A (fst (nth l cells (literal_zero A, [])))) l) = mu l)
    by (intros l Hl; now rewrite tabulate_spec).
  assert (Hl : forall l, (l < n)%nat -> 0 <= mu l /\ points_into_cell A S z i
    (tabulate2 nought n d (fun l => entry_of A (snd (nth l cells (literal_zero A, [])))) l) = true).
  { intros l Hl. pose proof (all_spec _ _ H2 l Hl) as E. cbv beta in E. apply andb_prop in E as [E _].
    apply andb_prop in E as [E1 E2]. apply (nonnegative_sound Hs) in E1. rewrite Hmu in E1 by auto. auto. }
  split; [|split].
  - intros l B. destruct (Hl l B) as [E1 E2]. split; [exact E1 | now apply generic_sound].
  - apply (zero_sound Hs) in H1. rewrite (value_sub Hs), (value_unity Hs), (value_total Hs) in H1.
    rewrite <- (sum_ext n _ mu Hmu). lra.
  - intros a Ha. change (inputs p) with d in Ha. pose proof (zero_sound Hs _ (all_spec _ _ H3 a Ha)) as E.
    cbv beta in E. rewrite (value_total Hs) in E. rewrite <- E. apply sum_ext. intros l B.
    rewrite (value_mul A value Hs), Hmu, gradient_value by
      first [exact B | exact Hi | exact Ha | apply (Hl l B)]. reflexivity.
Qed.

Theorem clarke_point_sound neurons : point_balanced A S P z = true ->
  all m (fun i => convex_combination A S z i (nth i neurons [])) = true -> is_clarke_stationary S P.
Proof.
  intros Hb H.
  apply (clarke_sufficient p P0 (fun i => length (nth i neurons []))
    (fun i l => value (read A (fst (nth l (nth i neurons []) (literal_zero A, [])))))
    (fun i l => real_of (tabulate2 nought (length (nth i neurons [])) d
       (fun l => entry_of A (snd (nth l (nth i neurons []) (literal_zero A, [])))) l))).
  - now apply (balanced_point_sound Hs S P Hok).
  - intros i Hi. exact (convex_combination_sound i _ Hi (all_spec _ _ H i Hi)).
Qed.

(** ** Separation *)
Section Separation.
Variable classes : list (nat * L).
Hypothesis Hc : classes_ok A S z classes = true.
Variable i : nat.
Hypothesis Hi : (i < m)%nat.
Let f := derivative_of A S z classes i (z_h A z i).
Variable v : nat -> carrier A.
Notation vR := (real_of v).

Lemma doubled_slope s r y : (s = 0 -> r <> 0 \/ y = 0) -> 2 * (slope p s r * y) =
  doubled_mean p s * y + if_zero s ((slope_plus p - slope_minus p) * (rsign r * y)).
Proof.
  unfold slope, doubled_mean, if_zero, rsign. intros H.
  destruct (Rlt_dec 0 s), (Rlt_dec s 0), (Req_EM_T s 0), (Rlt_dec 0 r), (Rlt_dec r 0); try lra.
  all: destruct (H e) as [H0| ->]; lra.
Qed.
Lemma cell_slope u : generic p P0 i u -> dot p (cell_gradient p P0 i u) vR =
  sum d (fun a => value (v a) * value (linear_part f a))
  + sum N (fun q => value (kink f q) * (rsign (dot p u (input p q)) * dot p vR (input p q))).
Proof.
  intros Hu. unfold cell_gradient. rewrite gradient_with_dot. unfold f.
  rewrite (kink_sum Hs S P Hok classes Hc i _ (fun q => rsign (dot p u (input p q)) * dot p vR (input p q)) Hi).
  rewrite (sum_ext d _ (fun a => sum N (fun k => pulled p P0 (real_of (z_h A z i)) k
    * doubled_mean p (tik i k) * (value (v a) * input p k a)))).
  2:{ intros a Ha. rewrite (linear_value Hs S P Hok) by auto. rewrite <- sum_scal.
      apply sum_ext; intros; fold p P0; ring. }
  rewrite sum_swap, <- sum_plus, <- sum_scal. apply sum_ext. intros k Hk.
  rewrite sum_scal. change (sum d (fun a => value (v a) * input p k a)) with (dot p vR (input p k)).
  assert (Ep : pulled p P0 (real_of (z_h A z i)) k = scale p * pull p P0 i k).
  { rewrite <- (pull_value Hs S P Hok) by auto. now apply pull_is_pulled. }
  fold p P0. rewrite Ep.
  destruct (class_member Hs S P classes Hc k Hk) as (_ & _ & E). fold p in E.
  rewrite rsign_scaled, <- !E.
  transitivity (scale p * pull p P0 i k
    * (2 * (slope p (tik i k) (dot p u (input p k)) * dot p vR (input p k)))); [ring|].
  rewrite doubled_slope; [unfold if_zero; destruct (Req_EM_T _ 0); ring|].
  intros Ht. destruct (Req_dec (dot p (input p k) (input p k)) 0) as [Hx|Hx];
  [right; now apply inert | left; now apply Hu].
Qed.

Lemma separates_sound tr : forall dec, separates A S z classes i f v dec tr = true ->
  (forall q, match lookup undecided q dec with undecided => True | _ => (q < N)%nat end) ->
  exists delta, 0 < delta /\ forall u, generic p P0 i u ->
    (forall q, match lookup undecided q dec with undecided => True
       | positive_side => 0 < dot p u (input p q) | negative_side => dot p u (input p q) < 0 end) ->
    delta <= dot p (cell_gradient p P0 i u) vR.
Proof.
  induction tr as [|ms|q t1 IH1 t2 IH2]; intros dec H Hdec.
  - cbn [separates] in H. apply andb_prop in H as [Hd H]. apply (positive_sound Hs) in H.
    rewrite (value_add A value Hs), !(value_total Hs) in H. exists (sum d (fun a => value (v a) * value (linear_part f a))
      + sum N (fun q => value (least_kink A S z f v dec q))).
    split; [erewrite sum_ext; [exact H|]; intros; symmetry; apply (value_mul A value Hs)|].
    intros u Hu Hside. rewrite cell_slope by auto. apply Rplus_le_compat_l, sum_le. intros q Hq.
    specialize (Hside q). pose proof (all_spec _ _ Hd q Hq) as Hdq. cbv beta in Hdq.
    unfold least_kink. cbv zeta.
    assert (Ev : value (mul (kink f q) (along_x A S z v q)) = value (kink f q) * dot p vR (input p q))
      by (rewrite (value_mul A value Hs), (along_value Hs) by auto; reflexivity).
    set (s := value (kink f q) * dot p vR (input p q)) in *.
    replace (value (kink f q) * (rsign (dot p u (input p q)) * dot p vR (input p q)))
      with (rsign (dot p u (input p q)) * s) by (unfold s; ring).
    unfold rsign. destruct (lookup undecided q dec).
    + rewrite (value_opp A value Hs), (value_absolute Hs), Ev by auto. unfold Rabs.
      destruct (Rcase_abs s), (Rlt_dec 0 (dot p u (input p q))), (Rlt_dec (dot p u (input p q)) 0); lra.
    + rewrite Ev. destruct (Rlt_dec 0 (dot p u (input p q))); lra.
    + rewrite (value_opp A value Hs), Ev.
      destruct (Rlt_dec 0 (dot p u (input p q))), (Rlt_dec (dot p u (input p q)) 0); lra.
  - cbn [separates] in H. repeat rewrite andb_true_iff in H. destruct H as [[[_ Hn] Hp] Hz].
    exists 1. split; [lra|]. intros u _ Hside. exfalso.
    assert (E : sum N (fun q => value (multiplier A ms q)
      * match lookup undecided q dec with undecided => 0 | positive_side => dot p u (input p q)
        | negative_side => - dot p u (input p q) end) = 0).
    { transitivity (sum d (fun a => u a * sum N (fun q => value (directed A z dec ms q a)))).
      - rewrite (sum_ext d _ (fun a => sum N (fun q => u a * value (directed A z dec ms q a))))
          by (intros; now rewrite sum_scal).
        rewrite sum_swap. apply sum_ext. intros q Hq. unfold directed. cbv zeta.
        destruct (lookup undecided q dec).
        + rewrite Rmult_0_r. symmetry. apply sum_zero. intros. rewrite (value_nought Hs). ring.
        + unfold dot. rewrite <- sum_scal. apply sum_ext. intros a Ha.
          rewrite (value_mul A value Hs), (x_value Hs) by auto. fold p. ring.
        + unfold dot. rewrite Ropp_mult_distr_r_reverse, Ropp_mult_distr_l, <- sum_scal.
          apply sum_ext. intros a Ha.
          rewrite (value_opp A value Hs), (value_mul A value Hs), (x_value Hs) by auto. fold p. ring.
      - apply sum_zero. intros a Ha. rewrite <- (value_total Hs).
        rewrite (zero_sound Hs _ (all_spec _ _ Hz a Ha)). ring. }
    apply some_spec in Hp as (q & Hq & Hp). apply andb_prop in Hp as [Hp1 Hp2].
    apply (positive_sound Hs) in Hp2.
    assert (E0 := fun F => sum_zero_ge0 N _ F E q Hq). cbv beta in E0.
    assert (E1 : value (multiplier A ms q) * match lookup undecided q dec with undecided => 0
      | positive_side => dot p u (input p q) | negative_side => - dot p u (input p q) end = 0).
    { apply E0. intros k Hk. pose proof (nonnegative_sound Hs _ (all_spec _ _ Hn k Hk)) as Hk0.
      cbv beta in Hk0. specialize (Hside k). apply Rmult_le_pos; [exact Hk0|].
      destruct (lookup undecided k dec); lra. }
    unfold is_decided in Hp1. specialize (Hside q).
    destruct (lookup undecided q dec); [discriminate| |]; apply Rmult_integral in E1 as [E1|E1]; lra.
  - cbn [separates] in H. repeat rewrite andb_true_iff in H. destruct H as [[[[Hk Hnz] _] H1] H2].
    assert (Hq := is_kink_below S P classes i q Hk).
    assert (Hzero : tik i q = 0).
    { unfold is_kink in Hk. apply andb_prop in Hk as [_ Hk].
      pose proof (sign_value Hs S P Hok i q Hi Hq) as Hsg. fold p P0 in Hsg.
      now destruct (z_sign A z i q). }
    destruct (IH1 _ H1) as (d1 & Hd1 & B1).
    { intros q'. cbn [lookup]. destruct (Nat.eqb_spec q' q) as [->|]; [exact Hq | apply Hdec]. }
    destruct (IH2 _ H2) as (d2 & Hd2 & B2).
    { intros q'. cbn [lookup]. destruct (Nat.eqb_spec q' q) as [->|]; [exact Hq | apply Hdec]. }
    exists (Rmin d1 d2). split; [now apply Rmin_glb_lt|]. intros u Hu Hside.
    assert (Hne : dot p u (input p q) <> 0) by (apply (Hu q Hq Hzero), nonzero_datum_sound; auto).
    destruct (Rlt_dec 0 (dot p u (input p q))) as [Hp|Hp].
    + eapply Rle_trans; [apply Rmin_l | apply B1; auto]. intros q'. cbn [lookup].
      destruct (Nat.eqb_spec q' q) as [->|]; [exact Hp | apply Hside].
    + eapply Rle_trans; [apply Rmin_r | apply B2; auto]. intros q'. cbn [lookup].
      destruct (Nat.eqb_spec q' q) as [->|]; [lra | apply Hside].
Qed.
End Separation.
End Soundness.

(** ** The theorems that instances use *)
Section Theorems.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L).

Theorem check_field_clarke_stationary_sound neurons :
  check_field_clarke_stationary A S P neurons = true -> is_clarke_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H H3].
  apply andb_prop in H as [H1 H2]. now apply (clarke_point_sound Hs S P Hok neurons).
Qed.
Theorem check_field_not_clarke_output_sound i j :
  check_field_not_clarke_output A S P i j = true -> is_not_clarke_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H H3].
  apply andb_prop in H as [H1 H2]. apply Nat.ltb_lt in H1, H2. apply (nonzero_sound Hs) in H3.
  apply (not_clarke_output (problem_of S) (network_of S P) i j H1 H2). intros E. apply H3.
  rewrite <- (dual_value Hs S P Hok i j H1 H2) in E. pose proof (proj1 (proj2 (form Hs S P Hok))).
  apply (Rmult_eq_reg_l (2 * scale (problem_of S))); lra.
Qed.
Theorem check_field_not_clarke_bias_sound j :
  check_field_not_clarke_bias A S P j = true -> is_not_clarke_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H H3].
  apply andb_prop in H as [H1 H2]. apply Nat.ltb_lt in H2. apply (nonzero_sound Hs) in H3.
  apply (not_clarke_bias (problem_of S) (network_of S P) j H2). intros E. apply H3.
  rewrite <- (bias_value Hs S P Hok j H2 H1) in E. pose proof (proj1 (proj2 (form Hs S P Hok))).
  apply (Rmult_eq_reg_l (2 * scale (problem_of S))); lra.
Qed.
Theorem check_field_not_clarke_separated_sound classes i v tr :
  check_field_not_clarke_separated A S P classes i v tr = true -> is_not_clarke_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. cbv zeta in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[Hi _] Hc] H]. apply Nat.ltb_lt in Hi.
  destruct (separates_sound Hs S P Hok classes Hc i Hi _ tr [] H) as (delta & Hd & E).
  { intros q. exact I. }
  apply (not_clarke_separated (problem_of S) (network_of S P) i
    (fun a => value (tabulate nought (size_d S) (entry_of A v) a)) delta Hi Hd). intros u Hu. apply E; auto. intros q. exact I.
Qed.
End Theorems.
