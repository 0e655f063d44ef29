(** Soundness of the checkers over an exact arithmetic. *)
From Coq Require Import Reals String Ascii Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Clarke Claims Integers Functional
  GlobalMinimum CellMinimum Arithmetic FieldChecks.
Import ListNotations.
Local Open Scope R_scope.

(** ** One-sided derivatives as sums over the data *)
Section Derivatives.
Variable p : problem.
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).

Definition pulled (P : network) (o : vector) (k : nat) : R := scale p * inner p o (residual p P k).
Lemma inner_psi P i o v : inner p o (psi p P i v) =
  2 * sum N (fun k => pulled P o k * drho p (dot p (w P i) (input p k)) (dot p v (input p k))).
Proof.
  unfold psi, pulled, inner. rewrite (sum_ext J _ (fun j => 2 * sum N (fun k =>
    scale p * (o j * residual p P k j) * drho p (dot p (w P i) (input p k)) (dot p v (input p k))))).
  - rewrite sum_scal, sum_swap. f_equal. apply sum_ext. intros k _. now rewrite <- sum_scal, sum_scal_r.
  - intros j _. rewrite <- !sum_scal. apply sum_ext; intros; ring.
Qed.

(** Twice the slope of rho at t, the mean slope at 0; there |s| comes in. *)
Definition doubled_mean (s : R) : R :=
  if Rlt_dec 0 s then 2 * slope_plus p else if Rlt_dec s 0 then 2 * slope_minus p
  else slope_plus p + slope_minus p.
Definition if_zero (s r : R) : R := if Req_EM_T s 0 then r else 0.
Lemma doubled_drho s r : 2 * drho p s r =
  doubled_mean s * r + if_zero s ((slope_plus p - slope_minus p) * Rabs r).
Proof.
  unfold drho, doubled_mean, if_zero. destruct (Rlt_dec 0 s), (Rlt_dec s 0), (Req_EM_T s 0); try lra.
  rewrite rho_abs. lra.
Qed.
Lemma inner_psi_parts P i o v : inner p o (psi p P i v) =
  sum d (fun a => v a * sum N (fun k =>
    pulled P o k * doubled_mean (dot p (w P i) (input p k)) * input p k a))
  + sum N (fun k => if_zero (dot p (w P i) (input p k))
      (pulled P o k * (slope_plus p - slope_minus p) * Rabs (dot p v (input p k)))).
Proof.
  rewrite inner_psi, <- sum_scal.
  rewrite (sum_ext d _ (fun a => sum N (fun k =>
    pulled P o k * doubled_mean (dot p (w P i) (input p k)) * (v a * input p k a)))).
  2:{ intros a _. rewrite <- sum_scal. apply sum_ext; intros; ring. }
  rewrite sum_swap, <- sum_plus. apply sum_ext. intros k _. rewrite sum_scal.
  change (sum d (fun a => v a * input p k a)) with (dot p v (input p k)).
  transitivity (pulled P o k * (2 * drho p (dot p (w P i) (input p k)) (dot p v (input p k)))); [ring|].
  rewrite doubled_drho. unfold if_zero. destruct (Req_EM_T _ 0); ring.
Qed.
End Derivatives.

Section Soundness.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L).
Let z := prepared A S P.
Hypothesis Hok : point_ok A S P z = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation N := (length (data_x S)). Notation J := (output_dimension S). Notation d := (size_d S).
Notation m := (length (par_w P)).
Notation tik i k := (dot p (w P0 i) (input p k)).

Lemma form :
  rows_of_length (input_dimension S) (data_x S) = true
  /\ 0 < scale p /\ forall i k, (i < m)%nat -> (k < N)%nat -> decided (z_sign A z i k) = true.
Proof.
  unfold point_ok in Hok. apply andb_prop in Hok as [H H3]. apply andb_prop in H as [H1 H2].
  split; [|split].
  - unfold well_shaped in H1. repeat rewrite andb_true_iff in H1. tauto.
  - apply (positive_sound Hs) in H2. unfold z, prepared in H2. cbn [z_scale] in H2.
    now rewrite (value_read A value Hs) in H2.
  - intros i k Hi Hk. exact (all_spec _ _ (all_spec _ _ H3 i Hi) k Hk).
Qed.

Lemma read_entry v a : value (entry_of A v a) = entry v a.
Proof. unfold entry_of, entry. rewrite (value_read A value Hs), (same_zero A value Hs). reflexivity. Qed.
Lemma shape_x : @augmented_x _ (shape A) S = augmented_x S.
Proof. unfold augmented_x. cbn. now rewrite (same_one A value Hs). Qed.
Lemma shape_w : @augmented_w _ (shape A) S P = augmented_w S P.
Proof. unfold augmented_w. cbn. now rewrite (same_zero A value Hs). Qed.

Lemma plus_value : value (z_plus A z) = slope_plus p.
Proof. apply (value_read A value Hs). Qed.
Lemma minus_value : value (z_minus A z) = slope_minus p.
Proof. apply (value_read A value Hs). Qed.
Lemma scale_value : value (z_scale A z) = scale p.
Proof. apply (value_read A value Hs). Qed.
Lemma x_value k a : (k < N)%nat -> (a < d)%nat -> value (z_x A z k a) = input p k a.
Proof.
  intros Hk Ha. unfold z, prepared. cbn [z_x]. rewrite tabulate2_spec, shape_x by auto. apply read_entry.
Qed.
Lemma h_value i j : (i < m)%nat -> (j < J)%nat -> value (z_h A z i j) = h P0 i j.
Proof. intros Hi Hj. unfold z, prepared. cbn [z_h]. rewrite tabulate2_spec by auto. apply read_entry. Qed.

Ltac value_rules := repeat first [ rewrite (value_total Hs) | rewrite (value_sub Hs)
  | rewrite (value_twice Hs) | rewrite (value_add A value Hs) | rewrite (value_mul A value Hs)
  | rewrite (value_opp A value Hs) ].

Lemma t_value i k : (i < m)%nat -> (k < N)%nat -> value (z_t A z i k) = tik i k.
Proof.
  intros Hi Hk. unfold z, prepared. cbn [z_t]. rewrite tabulate2_spec by auto.
  rewrite (value_total Hs). apply sum_ext. intros a Ha. change (inputs p) with d in Ha.
  rewrite (value_mul A value Hs), !tabulate2_spec, shape_w, shape_x by auto. unfold entry2_of.
  rewrite !read_entry. reflexivity.
Qed.
Lemma sign_value i k : (i < m)%nat -> (k < N)%nat ->
  match z_sign A z i k with Positive => 0 < tik i k | Zero => tik i k = 0
    | Negative => tik i k < 0 | Undecided => False end.
Proof.
  intros Hi Hk. pose proof (proj2 (proj2 form) i k Hi Hk) as Hd.
  assert (E : z_sign A z i k = sign_of (z_t A z i k)).
  { unfold z, prepared. cbn [z_sign z_t]. now rewrite tabulate2_spec by auto. }
  pose proof (value_sign A value Hs (z_t A z i k)) as H. rewrite <- E, t_value in H by auto.
  destruct (z_sign A z i k); auto. discriminate.
Qed.
Lemma act_value i k : (i < m)%nat -> (k < N)%nat -> value (z_act A z i k) = rho p (tik i k).
Proof.
  intros Hi Hk. assert (E : z_act A z i k = on_branch A z (z_sign A z i k) (z_t A z i k)).
  { unfold z, prepared, on_branch. cbn [z_act z_sign z_t z_plus z_minus]. now rewrite tabulate2_spec by auto. }
  rewrite E. pose proof (sign_value i k Hi Hk) as H. pose proof (t_value i k Hi Hk) as T.
  unfold on_branch, rho. destruct (z_sign A z i k), (Rlt_dec 0 (tik i k)); try lra;
  rewrite (value_mul A value Hs), T, ?plus_value, ?minus_value; reflexivity.
Qed.
Lemma e_value k j : (k < N)%nat -> (j < J)%nat -> value (z_e A z k j) = residual p P0 k j.
Proof.
  intros Hk Hj. assert (E : z_e A z k j = sub (add (if with_output_bias S then entry_of A (par_c P) j
    else nought) (total m (fun i => mul (z_h A z i j) (z_act A z i k)))) (entry2_of A (data_y S) k j)).
  { unfold z, prepared. cbn [z_e z_h z_act]. rewrite tabulate2_spec by auto.
    now rewrite (tabulate_spec _ _ _ j Hj). }
  rewrite E. value_rules. unfold residual, prediction. f_equal; [|apply read_entry]. f_equal.
  - change (has_output_bias p) with (with_output_bias S). destruct (with_output_bias S);
    [apply read_entry | apply (value_nought Hs)].
  - apply sum_ext. intros i Hi. now rewrite (value_mul A value Hs), h_value, act_value.
Qed.

(** ** The loss; balance *)
Lemma loss_value_sound : value (loss_of A S z) = loss p P0.
Proof.
  unfold loss_of, loss. rewrite (value_mul A value Hs), scale_value. f_equal.
  rewrite (value_total Hs). apply sum_ext. intros k Hk. rewrite (value_total Hs). apply sum_ext.
  intros j Hj. rewrite (value_mul A value Hs), e_value by auto. ring.
Qed.
Lemma dual_value i j : (i < m)%nat -> (j < J)%nat ->
  2 * scale p * value (dual_sum A S z i j) = dual p P0 (w P0 i) j.
Proof.
  intros Hi Hj. unfold dual_sum, dual. rewrite (value_total Hs). f_equal. apply sum_ext.
  intros k Hk. now rewrite (value_mul A value Hs), e_value, act_value.
Qed.
Lemma bias_value j : (j < J)%nat -> with_output_bias S = true ->
  2 * scale p * value (residual_sum A S z j) = bias_gradient p P0 j.
Proof.
  intros Hj Hb. unfold residual_sum, bias_gradient. change (has_output_bias p) with (with_output_bias S).
  rewrite Hb, (value_total Hs). f_equal. apply sum_ext. intros k Hk. now rewrite e_value.
Qed.
Lemma bias_balanced_sound : bias_balanced A S z = true ->
  forall j, (j < J)%nat -> bias_gradient p P0 j = 0.
Proof.
  unfold bias_balanced. intros H j Hj. destruct (with_output_bias S) eqn:Hb.
  - rewrite <- bias_value by auto. rewrite (zero_sound Hs) by (now apply (all_spec _ _ H)). ring.
  - unfold bias_gradient. change (has_output_bias p) with (with_output_bias S). now rewrite Hb.
Qed.
Lemma balanced_point_sound : point_balanced A S P z = true -> balanced p P0.
Proof.
  unfold point_balanced. intros H. apply andb_prop in H as [Hb H]. split.
  - intros i j Hi Hj. rewrite <- dual_value by auto.
    rewrite (zero_sound Hs); [ring|]. exact (all_spec _ _ (all_spec _ _ H i Hi) j Hj).
  - now apply bias_balanced_sound.
Qed.

(** ** The derivative along given weights *)
Notation real_of o := (fun j => value (o j)).
Lemma pull_value o k : (k < N)%nat -> value (pull_of A S z o k) = pulled p P0 (real_of o) k.
Proof.
  intros Hk. unfold pull_of, pulled, inner. rewrite tabulate_spec, (value_mul A value Hs), scale_value by auto.
  f_equal. rewrite (value_total Hs). apply sum_ext. intros j Hj.
  now rewrite (value_mul A value Hs), e_value by auto.
Qed.
Lemma along_value u k : (k < N)%nat -> value (along_x A S z u k) = dot p (real_of u) (input p k).
Proof.
  intros Hk. unfold along_x. rewrite (value_total Hs). apply sum_ext. intros a Ha.
  now rewrite (value_mul A value Hs), x_value by auto.
Qed.
Lemma side_value i u k : (i < m)%nat -> (k < N)%nat -> decided (side_of A S z i u k) = true ->
  value (on_branch A z (side_of A S z i u k) (along_x A S z u k))
  = drho p (tik i k) (dot p (real_of u) (input p k)).
Proof.
  intros Hi Hk. pose proof (sign_value i k Hi Hk) as H. pose proof (along_value u k Hk) as E.
  pose proof (value_sign A value Hs (along_x A S z u k)) as Hu. rewrite E in Hu.
  unfold side_of, on_branch, drho, rho.
  destruct (z_sign A z i k); [| |  |contradiction]; intros Hd;
  [| destruct (sign_of (along_x A S z u k)); cbn [has_the_sign] in Hu; try discriminate |];
  rewrite (value_mul A value Hs), E, ?plus_value, ?minus_value;
  destruct (Rlt_dec 0 (tik i k)), (Rlt_dec (tik i k) 0),
    (Rlt_dec 0 (dot p (real_of u) (input p k))); try lra.
Qed.
Lemma derivative_at_value i o u : (i < m)%nat -> sides_decided A S z i u = true ->
  value (derivative_at A S z i o u) = inner p (real_of o) (psi p P0 i (real_of u)).
Proof.
  intros Hi Hd. unfold derivative_at. rewrite inner_psi, (value_twice Hs), (value_total Hs). f_equal.
  apply sum_ext. intros k Hk. rewrite (value_mul A value Hs), pull_value, side_value by
    first [exact Hi | exact Hk | apply (all_spec _ _ Hd k Hk)]. reflexivity.
Qed.

(** ** The derivative as a functional *)
Section Classes.
Variable classes : list (nat * L).
Hypothesis Hc : classes_ok A S z classes = true.
Notation q_of := (representative A classes).
Notation ratio := (ratios A S classes).

Lemma class_member k : (k < N)%nat -> (q_of k < N)%nat /\ decided (sign_of (ratio k)) = true
  /\ forall v, dot p v (input p k) = value (ratio k) * dot p v (input p (q_of k)).
Proof.
  intros Hk. unfold classes_ok in Hc. cbv zeta in Hc. apply andb_prop in Hc as [_ H].
  pose proof (all_spec _ _ H k Hk) as E. cbv beta in E. apply andb_prop in E as [E Ex].
  apply andb_prop in E as [Eq Ed]. apply Nat.ltb_lt in Eq. split; [exact Eq|]. split; [exact Ed|].
  intros v. unfold dot. rewrite <- sum_scal. apply sum_ext. intros a Ha. change (inputs p) with d in Ha.
  pose proof (zero_sound Hs _ (all_spec _ _ Ex a Ha)) as Ez. cbv beta in Ez.
  rewrite (value_sub Hs), (value_mul A value Hs), !x_value in Ez by auto. fold p in Ez.
  replace (input p k a) with (value (ratio k) * input p (q_of k) a) by lra. ring.
Qed.
Lemma doubled_value i k : (i < m)%nat -> (k < N)%nat ->
  value (doubled A z i k) = doubled_mean p (tik i k).
Proof.
  intros Hi Hk. pose proof (sign_value i k Hi Hk) as H. unfold doubled, doubled_mean.
  destruct (z_sign A z i k), (Rlt_dec 0 (tik i k)), (Rlt_dec (tik i k) 0); try lra;
  value_rules; rewrite ?plus_value, ?minus_value; reflexivity.
Qed.

Definition eval (f : derivative (carrier A)) (v : vector) : R :=
  sum d (fun a => v a * value (linear_part f a))
  + sum N (fun q => value (kink f q) * Rabs (dot p v (input p q))).

Lemma linear_value i o a : (i < m)%nat -> (a < d)%nat ->
  value (linear_part (derivative_of A S z classes i o) a) =
  sum N (fun k => pulled p P0 (real_of o) k * doubled_mean p (tik i k) * input p k a).
Proof.
  intros Hi Ha. unfold derivative_of. cbv zeta. cbn [linear_part]. rewrite tabulate_spec by auto.
  rewrite (value_total Hs). apply sum_ext. intros k Hk. value_rules.
  now rewrite pull_value, doubled_value, x_value.
Qed.
Lemma kink_sum i o (F : nat -> R) : (i < m)%nat ->
  sum N (fun q => value (kink (derivative_of A S z classes i o) q) * F q) =
  sum N (fun k => if_zero (tik i k) (pulled p P0 (real_of o) k * (slope_plus p - slope_minus p)
    * (Rabs (value (ratio k)) * F (q_of k)))).
Proof.
  intros Hi. rewrite (sum_ext N _ (fun q => sum N (fun k => if at_kink A z classes i q k
    then pulled p P0 (real_of o) k * Rabs (value (ratio k)) * (slope_plus p - slope_minus p) * F q else 0))).
  - rewrite sum_swap. apply sum_ext. intros k Hk. destruct (class_member k Hk) as (Hq & _).
    rewrite (sum_single N _ (q_of k) Hq).
    + pose proof (sign_value i k Hi Hk) as H. unfold at_kink, if_zero. rewrite Nat.eqb_refl.
      destruct (z_sign A z i k), (Req_EM_T (tik i k) 0); try lra.
    + intros q _ Hne. unfold at_kink. destruct (z_sign A z i k); auto.
      destruct (Nat.eqb_spec (q_of k) q); [congruence | reflexivity].
  - intros q Hq. unfold derivative_of. cbv zeta. cbn [kink]. rewrite tabulate_spec by auto.
    rewrite (value_total Hs), <- sum_scal_r. apply sum_ext. intros k Hk.
    destruct (class_member k Hk) as (_ & Hd & _).
    destruct (at_kink A z classes i q k); [|rewrite (value_nought Hs); ring].
    value_rules. rewrite pull_value, (value_absolute Hs), plus_value, minus_value by auto. ring.
Qed.
Theorem derivative_value i o v : (i < m)%nat ->
  eval (derivative_of A S z classes i o) v = inner p (real_of o) (psi p P0 i v).
Proof.
  intros Hi. rewrite inner_psi_parts. unfold eval. f_equal.
  - apply sum_ext. intros a Ha. now rewrite linear_value.
  - rewrite (kink_sum i o (fun q => Rabs (dot p v (input p q))) Hi). apply sum_ext. intros k Hk.
    destruct (class_member k Hk) as (_ & _ & E). now rewrite (E v), Rabs_mult.
Qed.

(** ** Proofs by cases *)
Lemma is_kink_below i q : is_kink A S z classes i q = true -> (q < N)%nat.
Proof. unfold is_kink. intros H. repeat rewrite andb_true_iff in H. now apply Nat.ltb_lt. Qed.
Lemma field_tree_sound i f v tr : forall dec, field_tree_ok A S z classes i f dec tr = true ->
  (forall q, (q < N)%nat -> match lookup undecided q dec with undecided => True
     | positive_side => 0 <= dot p v (input p q) | negative_side => dot p v (input p q) <= 0 end) ->
  0 <= eval f v.
Proof.
  induction tr as [ms|q t1 IH1 t2 IH2]; intros dec H Hdec.
  - cbn [field_tree_ok] in H. cbv zeta in H. apply andb_prop in H as [H Hl]. apply andb_prop in H as [_ Hk].
    set (mu := tabulate nought N (multiplier A ms)) in *. unfold eval.
    assert (El : sum d (fun a => v a * value (linear_part f a))
                 = sum N (fun q => value (mu q) * dot p v (input p q))).
    { rewrite (sum_ext d _ (fun a => sum N (fun q => value (mu q) * (v a * input p q a)))).
      - rewrite sum_swap. apply sum_ext. intros q _. now rewrite sum_scal.
      - intros a Ha. pose proof (zero_sound Hs _ (all_spec _ _ Hl a Ha)) as E. cbv beta in E.
        rewrite (value_sub Hs), (value_total Hs) in E.
        replace (value (linear_part f a)) with (sum N (fun q => value (mul (mu q) (z_x A z q a)))) by lra.
        rewrite <- sum_scal. apply sum_ext. intros q Hq. rewrite (value_mul A value Hs), x_value by auto.
        fold p. ring. }
    rewrite El, <- sum_plus. apply sum_ge0. intros q Hq. specialize (Hdec q Hq).
    pose proof (all_spec _ _ Hk q Hq) as E. cbv beta zeta in E.
    assert (Ha : is_nonnegative (add (kink f q) (mu q)) = true -> 0 <= value (kink f q) + value (mu q)).
    { intros B. apply (nonnegative_sound Hs) in B. now rewrite (value_add A value Hs) in B. }
    assert (Hb : is_nonnegative (sub (kink f q) (mu q)) = true -> 0 <= value (kink f q) - value (mu q)).
    { intros B. apply (nonnegative_sound Hs) in B. now rewrite (value_sub Hs) in B. }
    set (s := dot p v (input p q)) in *.
    destruct (lookup undecided q dec).
    + apply andb_prop in E as [E1 E2]. apply Ha in E1. apply Hb in E2.
      unfold Rabs. destruct (Rcase_abs s); nra.
    + apply Ha in E. rewrite Rabs_right by lra. nra.
    + apply Hb in E. rewrite Rabs_left1 by lra. nra.
  - cbn [field_tree_ok] in H. apply andb_prop in H as [H H2]. apply andb_prop in H as [H H1].
    destruct (Rle_dec 0 (dot p v (input p q))) as [Hv|Hv].
    + apply (IH1 _ H1). intros q' Hq'. cbn [lookup].
      destruct (Nat.eqb_spec q' q) as [->|]; [exact Hv | exact (Hdec q' Hq')].
    + apply (IH2 _ H2). intros q' Hq'. cbn [lookup].
      destruct (Nat.eqb_spec q' q) as [->|]; [lra | exact (Hdec q' Hq')].
Qed.
Lemma outputs_nonnegative_sound i o tr v : (i < m)%nat ->
  outputs_nonnegative A S z classes i o tr = true -> 0 <= inner p (real_of o) (psi p P0 i v).
Proof.
  intros Hi H. rewrite <- derivative_value by auto.
  apply (field_tree_sound i _ v tr [] H). intros; exact I.
Qed.

Lemma corners_nonnegative_sound i step trees : (i < m)%nat ->
  corners_nonnegative A S z classes i step trees = true -> forall v j, (j < J)%nat ->
  0 <= inner p (fun l => h P0 i l + value step * unit_vector j l) (psi p P0 i v).
Proof.
  intros Hi H v j Hj. unfold corners_nonnegative in H. apply andb_prop in H as [_ H].
  pose proof (outputs_nonnegative_sound i _ _ v Hi (all_spec _ _ H j Hj)) as E.
  rewrite (inner_ext p _ (fun l => h P0 i l + value step * unit_vector j l)) in E; [exact E|].
  intros l Hl. rewrite tabulate_spec by auto. value_rules.
  now rewrite h_value, (value_unit_entry Hs).
Qed.
Lemma derivatives_vanish_sound i : (i < m)%nat -> derivatives_vanish A S z classes i = true ->
  forall v j, (j < J)%nat -> psi p P0 i v j = 0.
Proof.
  intros Hi H v j Hj. pose proof (all_spec _ _ H j Hj) as E. cbv beta zeta in E.
  apply andb_prop in E as [E1 E2].
  rewrite <- (inner_unit p j (psi p P0 i v) Hj).
  rewrite (inner_ext p _ (fun l => value (unit_entry (A := A) j l)))
    by (intros; symmetry; apply (value_unit_entry Hs)).
  rewrite <- derivative_value by auto. unfold eval. rewrite !sum_zero; [ring| |].
  - intros q Hq. rewrite (zero_sound Hs _ (all_spec _ _ E2 q Hq)). ring.
  - intros a Ha. rewrite (zero_sound Hs _ (all_spec _ _ E1 a Ha)). ring.
Qed.

Lemma stationary_point_sound trees : stationary_point A S P z classes trees = true ->
  directionally_stationary p P0.
Proof.
  unfold stationary_point. intros H. apply andb_prop in H as [H Ht].
  apply andb_prop in H as [H _]. apply andb_prop in H as [_ Hb]. apply directionally_stationary_iff.
  split; [now apply balanced_point_sound|]. intros i v Hi.
  pose proof (outputs_nonnegative_sound i _ _ v Hi (all_spec _ _ Ht i Hi)) as E. unfold phi.
  rewrite (inner_ext p _ (h P0 i)) in E; [exact E|]. intros j Hj. now apply h_value.
Qed.

(** ** Local minima *)
Lemma region_neurons radius R0 trees : minimum_in_region A S P z classes radius R0 trees = true ->
  balanced p P0 /\ 0 < real radius /\ forall i, (i < m)%nat ->
    signs_match A S z i (fst (nth i R0 (""%string, all_outputs))) = true
    /\ radius_fits A S z (read A radius) (norms A S z) i = true
    /\ match spreads R0 i with
       | Some delta => 0 < delta /\ real radius * INR J <= delta | None => True end
    /\ safe p P0 i (spreads R0 i).
Proof.
  unfold minimum_in_region. cbv zeta. intros H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[[[_ Hb] _] Hr] _] _] H]. apply balanced_point_sound in Hb.
  apply (positive_sound Hs) in Hr. rewrite (value_read A value Hs) in Hr.
  split; [exact Hb|]. split; [exact Hr|]. intros i Hi.
  pose proof (all_spec _ _ H i Hi) as E. cbv beta zeta in E.
  apply andb_prop in E as [E Ho]. apply andb_prop in E as [E1 E2].
  split; [exact E1|]. split; [exact E2|]. unfold spreads, safe.
  destruct (snd (nth i R0 (""%string, all_outputs))) as [|delta], (nth i trees None) as [[ab be]|];
    simpl in Ho; try discriminate.
  - split; [exact I|]. intros v j Hj. now apply derivatives_vanish_sound.
  - repeat rewrite andb_true_iff in Ho. destruct Ho as [[[Hd Hj] Hab] Hbe].
    apply (positive_sound Hs) in Hd. apply (nonnegative_sound Hs) in Hj.
    rewrite (value_sub Hs), (value_total Hs), sum_const, !(value_read A value Hs) in Hj.
    rewrite (value_read A value Hs) in Hd. split; [split; [exact Hd | lra]|]. intros v j Hlt.
    pose proof (corners_nonnegative_sound i _ _ Hi Hab v j Hlt) as B1.
    pose proof (corners_nonnegative_sound i _ _ Hi Hbe v j Hlt) as B2.
    rewrite (value_opp A value Hs) in B2. rewrite (value_read A value Hs) in B1, B2. now split.
Qed.
Lemma minimum_in_region_sound radius R0 trees :
  minimum_in_region A S P z classes radius R0 trees = true -> is_local_minimum S P radius R0.
Proof.
  intros H. destruct (region_neurons radius R0 trees H) as (Hb & Hr & Hx).
  unfold minimum_in_region in H. cbv zeta in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[[[_ _] Hn] _] Hl] _] _]. apply Nat.eqb_eq in Hl.
  assert (Hsafe : forall i, (i < m)%nat -> safe p P0 i (spreads R0 i)) by (intros i Hi; apply (Hx i Hi)).
  assert (Hball : forall Q, within p (real radius) P0 Q -> in_region p P0 (spreads R0) Q).
  { apply (ball_in_region p P0 (spreads R0)); auto.
    - intros i Hi. apply (Hx i Hi).
    - intros i k Hi Hk Hne. destruct (Hx i Hi) as (_ & Ho & _).
      pose proof (all_spec _ _ Ho k Hk) as E. cbv beta in E.
      pose proof (sign_value i k Hi Hk) as Hsg. pose proof (t_value i k Hi Hk) as Ht.
      assert (E' : is_nonnegative (sub (absolute (z_t A z i k)) (mul (read A radius) (norms A S z k))) = true)
        by (destruct (z_sign A z i k); auto; contradiction).
      apply (nonnegative_sound Hs) in E'. rewrite (value_sub Hs), (value_absolute Hs) in E'.
      2:{ assert (Es : z_sign A z i k = sign_of (z_t A z i k)).
          { unfold z, prepared. cbn [z_sign z_t]. now rewrite tabulate2_spec by auto. }
          rewrite <- Es. now apply (proj2 (proj2 form)). }
      rewrite (value_mul A value Hs), (value_read A value Hs), Ht in E'.
      assert (En : value (norms A S z k) = sum (inputs p) (fun a => Rabs (input p k a))).
      { unfold norms. rewrite tabulate_spec, (value_total Hs) by auto. apply sum_ext. intros a Ha.
        rewrite (value_absolute Hs), x_value by
          first [exact Hk | exact Ha | exact (all_spec _ _ (all_spec _ _ Hn k Hk) a Ha)]. reflexivity. }
      rewrite En in E'. lra. }
  assert (Hreg := local_minimum_region p (proj1 (proj2 form)) P0 (spreads R0) Hb Hsafe).
  split; [|split; [|split; [exact Hreg | split; [exact Hr | exact Hball]]]].
  - apply (local_minimum_ball p P0 (real radius)); auto.
  - split; [exact Hl|]. intros i k Hi Hk. destruct (Hx i Hi) as (Hsm & _).
    unfold signs_match in Hsm. apply andb_prop in Hsm as [_ Hsm].
    pose proof (all_spec _ _ Hsm k Hk) as E. cbv beta in E.
    destruct (String.get k _) as [a|]; [|discriminate]. exists a. split; [reflexivity|].
    pose proof (sign_value i k Hi Hk) as Hsg. fold p P0.
    destruct (z_sign A z i k); simpl in E; try discriminate; apply Ascii.eqb_eq in E; subst a; exact Hsg.
Qed.

Lemma escapes_sound i v trees : stationary_point A S P z classes trees = true ->
  escapes A S P z i v = true -> is_escape_neuron S P i.
Proof.
  intros Hst H. unfold escapes in H. cbv zeta in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[Hi _] Hd] Hz] He]. apply Nat.ltb_lt in Hi.
  split; [now apply (stationary_point_sound trees)|]. split; [exact Hi|].
  exists (real_of (tabulate nought d (entry_of A v))). split.
  - apply (zero_sound Hs) in Hz. rewrite derivative_at_value in Hz by auto. unfold phi. fold p P0.
    rewrite (inner_ext p _ (h P0 i)) in Hz; [exact Hz|]. intros j Hj. now apply h_value.
  - apply some_spec in He as (j & Hj & He). exists j. split; [exact Hj|].
    apply (nonzero_sound Hs) in He. rewrite derivative_at_value in He by auto. fold p P0.
    rewrite (inner_ext p _ (unit_vector j)), inner_unit in He by
      first [exact Hj | intros; apply (value_unit_entry Hs)]. exact He.
Qed.
End Classes.

(** ** A direction of descent *)
Definition network_along (D : field_direction L) : network := Network m
  (fun i => real_of (entry_of A (fst (part_of D i)))) (fun i => real_of (entry_of A (snd (part_of D i))))
  (real_of (entry_of A (field_moved_bias D))).
Lemma descent_sound D : direction_fits A S P z D = true -> is_negative (slope_along A S P z D) = true ->
  is_not_directionally_stationary S P.
Proof.
  intros Hd Hneg. apply (negative_sound Hs) in Hneg. unfold direction_fits in Hd.
  apply andb_prop in Hd as [_ Hd].
  exists (network_along D), (directional_derivative p P0 (network_along D)).
  split; [apply directional_derivative_exists|].
  enough (E : value (slope_along A S P z D) = directional_derivative p P0 (network_along D)) by (now rewrite <- E).
  unfold slope_along, directional_derivative. rewrite (value_add A value Hs). f_equal.
  - rewrite (value_total Hs). apply sum_ext. intros i Hi. change (width P0) with m in Hi.
    assert (E0 : value (add (derivative_at A S z i (z_h A z i) (entry_of A (fst (part_of D i))))
        (twice (mul (z_scale A z) (total J (fun j => mul (entry_of A (snd (part_of D i)) j) (dual_sum A S z i j))))))
      = phi p P0 i (w (network_along D) i) + inner p (h (network_along D) i) (dual p P0 (w P0 i))).
    { rewrite (value_add A value Hs), derivative_at_value by first [exact Hi | apply (all_spec _ _ Hd i Hi)].
      f_equal.
      - apply inner_ext. intros j Hj. now apply h_value.
      - value_rules. rewrite scale_value. unfold inner. rewrite <- Rmult_assoc, <- sum_scal.
        apply sum_ext. intros j Hj. rewrite (value_mul A value Hs).
        rewrite <- (dual_value i j Hi Hj). cbn [h network_along]. ring. }
    destruct (part_of D i) as [u o] eqn:Ep. simpl fst in E0. simpl snd in E0.
    destruct u as [|a u]; [destruct o as [|b o]|]; try exact E0.
    rewrite (value_nought Hs). cbn [w h network_along]. rewrite Ep. simpl fst. simpl snd.
    assert (Ez : forall a, value (entry_of A [] a) = 0).
    { intros a. rewrite read_entry. unfold entry. destruct a; apply Hs. }
    unfold phi. rewrite (inner_0_r p (h P0 i)), inner_0_l by (intros; first [apply Ez |
      rewrite (psi_ext p P0 i _ (fun _ => 0)) by (intros; apply Ez); apply psi_0]). ring.
  - destruct (with_output_bias S) eqn:Hb.
    + value_rules. rewrite scale_value. unfold inner. rewrite <- Rmult_assoc, <- sum_scal.
      apply sum_ext. intros j Hj. rewrite (value_mul A value Hs), <- (bias_value j Hj Hb).
      cbn [c network_along]. ring.
    + rewrite (value_nought Hs). symmetry. apply inner_0_r. intros j _. unfold bias_gradient.
      change (has_output_bias p) with (with_output_bias S). now rewrite Hb.
Qed.

(** ** Global minima, and minima in a cell *)
Lemma groups_sound : groups_balanced A S z = true -> is_global_minimum S P.
Proof.
  unfold groups_balanced. cbv zeta. intros H. apply andb_prop in H as [Hd Hz].
  set (same := tabulate2 false N N (equal_inputs A S z)) in *.
  set (equal := fun k k' => all d (fun a => if Req_EM_T (input p k a) (input p k' a) then true else false)).
  assert (Heq : forall k k', equal k k' = true <-> forall a, (a < d)%nat -> input p k a = input p k' a).
  { intros k k'. split.
    - intros E a Ha. pose proof (all_spec _ _ E a Ha) as B. cbv beta in B.
      now destruct (Req_EM_T (input p k a) (input p k' a)).
    - intros E. unfold equal, all. apply forallb_forall. intros a Ha. apply in_seq in Ha.
      destruct (Req_EM_T _ _) as [|Hne]; auto. exfalso. apply Hne, E. lia. }
  assert (Hsame : forall k k', (k < N)%nat -> (k' < N)%nat -> same k k' = equal k k').
  { intros k k' Hk Hk'. pose proof (all_spec _ _ (all_spec _ _ Hd k Hk) k' Hk') as E. cbv beta in E.
    unfold same in *. rewrite tabulate2_spec in * by auto.
    destruct (equal_inputs A S z k k') eqn:B.
    - symmetry. apply Heq. intros a Ha. pose proof (zero_sound Hs _ (all_spec _ _ B a Ha)) as Z0.
      rewrite (value_sub Hs), !x_value in Z0 by auto. lra.
    - apply some_spec in E as (a & Ha & E). apply (nonzero_sound Hs) in E.
      rewrite (value_sub Hs), !x_value in E by auto. symmetry. apply not_true_iff_false. intros F.
      apply E. rewrite (proj1 (Heq k k') F a Ha). lra. }
  apply (group_global_minimum p (proj1 (proj2 form)) P0 equal).
  - intros k k'. apply eq_true_iff_eq. rewrite !Heq. split; intros E a Ha; symmetry; auto.
  - intros k. apply Heq. auto.
  - intros k k' l E. apply eq_true_iff_eq. rewrite Heq in E. rewrite !Heq.
    split; intros F a Ha; rewrite <- F by auto; [symmetry|]; auto.
  - intros k k' _ _ E. now apply Heq.
  - intros k j Hk Hj. pose proof (zero_sound Hs _ (all_spec _ _ (all_spec _ _ Hz k Hk) j Hj)) as E.
    unfold group_residual in E. rewrite (value_total Hs) in E. rewrite <- E. apply sum_ext. intros k' Hk'.
    rewrite Hsame by auto. destruct (equal k k'); [now rewrite e_value | now rewrite (value_nought Hs)].
Qed.

Lemma cell_equations_sound cell : cell_equations A S P z cell = true -> is_cell_global_minimum S P cell.
Proof.
  unfold cell_equations. intros H. apply andb_prop in H as [H He]. apply andb_prop in H as [Hb Hl].
  apply Nat.eqb_eq in Hl.
  assert (Hi : forall i, (i < m)%nat -> String.length (nth i cell ""%string) = N
    /\ (forall k, (k < N)%nat -> side_matches (z_sign A z i k) (side_at cell i k) = true)
    /\ forall j a, (j < J)%nat -> (a < d)%nat -> is_zero (total N (fun k =>
         mul (z_e A z k j) (mul (slope_on A z (side_at cell i k)) (z_x A z k a)))) = true).
  { intros i Hi. pose proof (all_spec _ _ He i Hi) as E. cbv beta in E. apply andb_prop in E as [E E3].
    apply andb_prop in E as [E1 E2]. apply Nat.eqb_eq in E1. split; [exact E1|].
    split; [exact (all_spec _ _ E2)|]. intros j a Hj Ha. exact (all_spec _ _ (all_spec _ _ E3 j Hj) a Ha). }
  assert (Hget : forall i k, (i < m)%nat -> (k < N)%nat ->
    String.get k (nth i cell ""%string) = Some (side_at cell i k)).
  { intros i k Hi' Hk. unfold side_at. destruct (Hi i Hi') as (E & _).
    destruct (String.get k _) eqn:B; auto. exfalso. revert k Hk B. rewrite <- E.
    generalize (nth i cell ""%string). induction s as [|a s IH]; simpl; intros [|k] Hk B; try lia; try discriminate.
    apply (IH k); [lia | exact B]. }
  assert (Hside : forall i k, (i < m)%nat -> (k < N)%nat -> on_side (tik i k) (side_at cell i k)).
  { intros i k Hi' Hk. destruct (Hi i Hi') as (_ & E & _). specialize (E k Hk).
    pose proof (sign_value i k Hi' Hk) as Hsg. unfold side_matches in E. unfold on_side.
    destruct (side_at cell i k =? "+")%char, (side_at cell i k =? "-")%char, (z_sign A z i k);
      simpl in E; try discriminate; try lra. }
  assert (Hm : forall Q, in_closed_cell S P cell Q -> width Q = width P0 /\
    forall i k, (i < width P0)%nat -> (k < points p)%nat ->
      on_side (dot p (w Q i) (input p k)) (side_at cell i k)).
  { intros Q (B1 & _ & B2). split; [exact B1|]. intros i k Hi' Hk.
    destruct (B2 i k Hi' Hk) as (a & E & F). rewrite (Hget i k Hi' Hk) in E. now injection E as ->. }
  assert (HP : in_closed_cell S P cell P0).
  { split; [reflexivity|]. split; [exact Hl|]. intros i k Hi' Hk. exists (side_at cell i k).
    split; [now apply Hget | now apply Hside]. }
  split; [exact HP|]. intros Q HQ.
  apply (in_cell_minimum p (proj1 (proj2 form)) P0 (side_at cell)); [split | now apply Hm ..].
  - now apply bias_balanced_sound.
  - intros i j a Hi' Hj Ha. destruct (Hi i Hi') as (_ & _ & E). specialize (E j a Hj Ha).
    apply (zero_sound Hs) in E. rewrite (value_total Hs) in E. rewrite <- E. apply sum_ext. intros k Hk.
    value_rules. rewrite e_value, x_value by auto. f_equal. f_equal. unfold side_slope, slope_on.
    destruct (side_at cell i k =? "+")%char; [now rewrite plus_value | now rewrite minus_value].
Qed.
End Soundness.

(** ** The theorems that instances use *)
Section Theorems.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L).

Theorem check_field_loss_value_sound a : check_field_loss_value A S P a = true -> loss_is S P a.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply (zero_sound Hs) in H.
  rewrite (value_sub Hs), (loss_value_sound Hs S P Hok), (value_read A value Hs) in H.
  unfold loss_is. lra.
Qed.
Theorem check_field_directionally_stationary_sound classes trees :
  check_field_directionally_stationary A S P classes trees = true -> is_directionally_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. assert (B := H). unfold stationary_point in B.
  repeat rewrite andb_true_iff in B. destruct B as [[[Hc _] _] _].
  exact (stationary_point_sound Hs S P Hok classes Hc trees H).
Qed.
Theorem check_field_not_directionally_stationary_sound D :
  check_field_not_directionally_stationary A S P D = true -> is_not_directionally_stationary S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H1 H2].
  exact (descent_sound Hs S P Hok D H1 H2).
Qed.
Theorem check_field_escape_neuron_sound classes i v trees :
  check_field_escape_neuron A S P classes i v trees = true -> is_escape_neuron S P i.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H1 H2]. assert (B := H1).
  unfold stationary_point in B. repeat rewrite andb_true_iff in B. destruct B as [[[Hc _] _] _].
  exact (escapes_sound Hs S P Hok classes Hc i v trees H1 H2).
Qed.
Theorem check_field_local_minimum_sound classes radius R0 trees :
  check_field_local_minimum A S P classes radius R0 trees = true -> is_local_minimum S P radius R0.
Proof.
  intros H. apply andb_prop in H as [Hok H]. assert (B := H). unfold minimum_in_region in B. cbv zeta in B.
  repeat rewrite andb_true_iff in B. destruct B as [[[[[[Hc _] _] _] _] _] _].
  exact (minimum_in_region_sound Hs S P Hok classes Hc radius R0 trees H).
Qed.
Theorem check_field_global_minimum_sound :
  check_field_global_minimum A S P = true -> is_global_minimum S P.
Proof. intros H. apply andb_prop in H as [Hok H]. exact (groups_sound Hs S P Hok H). Qed.
Theorem check_field_cell_global_minimum_sound cell :
  check_field_cell_global_minimum A S P cell = true -> is_cell_global_minimum S P cell.
Proof. intros H. apply andb_prop in H as [Hok H]. exact (cell_equations_sound Hs S P Hok cell H). Qed.
End Theorems.

Theorem check_field_spurious_sound {L} {meaning : numbers L} {A : arithmetic L}
    {value : carrier A -> R} (Hs : sound A value) S P classes radius R0 trees a better b :
  check_field_spurious A S P classes radius R0 trees a better b = true ->
  is_spurious_local_minimum S P radius R0 a better b.
Proof.
  unfold check_field_spurious. intros H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[H1 H2] H3] H4] H5].
  split; [now apply (check_field_local_minimum_sound Hs) in H1|].
  split; [now apply (check_field_loss_value_sound Hs) in H2|]. split; [apply Nat.eqb_eq, H3|].
  split; [now apply (check_field_loss_value_sound Hs) in H4|].
  apply (negative_sound Hs) in H5. rewrite (value_sub Hs), !(value_read A value Hs) in H5. lra.
Qed.
