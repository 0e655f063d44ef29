(** The loss, exactly: the global identity, the expansion on the cells around a point, and the
    one-sided directional derivative. *)
From Coq Require Import Reals Lra Lia Psatz.
From Exactland Require Import Definitions Sums.
Local Open Scope R_scope.

Section Expansion.
Variable p : problem.
Notation dot := (dot p). Notation rho := (rho p). Notation drho := (drho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p).

(** ** The activation *)
Ltac rho_cases := unfold Definitions.drho, Definitions.rho in *; repeat destruct (Rlt_dec _ _).

Lemma rho_step t t' : compatible t t' -> rho t' = rho t + drho t (t' - t).
Proof.
  intros [H1 H2]. rho_cases; try lra.
  all: try (assert (t' = 0) by lra; subst; nra). all: try (exfalso; lra).
  all: assert (t = 0) by lra; subst; rewrite ?Rminus_0_r in *; try lra; nra.
Qed.

Lemma rho_0 : rho 0 = 0.
Proof. rho_cases; lra. Qed.
Lemma drho_0 t : drho t 0 = 0.
Proof. rho_cases; lra. Qed.

Lemma rho_scal a t : 0 <= a -> rho (a * t) = a * rho t.
Proof.
  intros Ha. rho_cases; try nra.
  destruct (Req_dec a 0) as [->|]; [lra|]. exfalso. apply n. apply Rmult_lt_0_compat; lra.
Qed.
Lemma drho_scal t a s : 0 <= a -> drho t (a * s) = a * drho t s.
Proof.
  intros Ha. unfold Definitions.drho. destruct (Rlt_dec 0 t), (Rlt_dec t 0); try lra.
  now apply rho_scal.
Qed.
(** Radial direction: the derivative of rho at t along t is rho itself. *)
Lemma drho_self t : drho t t = rho t.
Proof. rho_cases; try lra. Qed.

Lemma rho_abs t : rho t = (slope_plus p + slope_minus p) / 2 * t
                          + (slope_plus p - slope_minus p) / 2 * Rabs t.
Proof. rho_cases; unfold Rabs; destruct (Rcase_abs t); try lra; assert (t = 0) by lra; subst; lra. Qed.

(** ** Inner products *)
Lemma dot_minus u v z : dot (fun a => u a - v a) z = dot u z - dot v z.
Proof. unfold Definitions.dot. rewrite <- sum_minus. apply sum_ext; intros; ring. Qed.
Lemma dot_plus u v z : dot (fun a => u a + v a) z = dot u z + dot v z.
Proof. unfold Definitions.dot. rewrite <- sum_plus. apply sum_ext; intros; ring. Qed.
Lemma dot_scal s u z : dot (fun a => s * u a) z = s * dot u z.
Proof. unfold Definitions.dot. rewrite <- sum_scal. apply sum_ext; intros; ring. Qed.
Lemma dot_ext u v z : (forall a, (a < d)%nat -> u a = v a) -> dot u z = dot v z.
Proof. intros H. apply sum_ext. intros a Ha. now rewrite H. Qed.
Lemma dot_comm u v : dot u v = dot v u.
Proof. apply sum_ext; intros; ring. Qed.

Lemma dot_bound u z e : (forall a, (a < d)%nat -> Rabs (u a) <= e) ->
  Rabs (dot u z) <= e * sum d (fun a => Rabs (z a)).
Proof.
  intros H. unfold Definitions.dot. eapply Rle_trans; [apply sum_abs|].
  rewrite <- sum_scal. apply sum_le. intros a Ha. rewrite Rabs_mult.
  apply Rmult_le_compat_r; [apply Rabs_pos | auto].
Qed.

Lemma inner_ext u v z : (forall j, (j < J)%nat -> u j = v j) -> inner u z = inner v z.
Proof. intros H. apply sum_ext. intros j Hj. now rewrite H. Qed.
Lemma inner_ext_r u v z : (forall j, (j < J)%nat -> u j = v j) -> inner z u = inner z v.
Proof. intros H. apply sum_ext. intros j Hj. now rewrite H. Qed.
Lemma inner_plus u v z : inner (fun j => u j + v j) z = inner u z + inner v z.
Proof. unfold Definitions.inner. rewrite <- sum_plus. apply sum_ext; intros; ring. Qed.
Lemma inner_scal s u z : inner (fun j => s * u j) z = s * inner u z.
Proof. unfold Definitions.inner. rewrite <- sum_scal. apply sum_ext; intros; ring. Qed.
Lemma inner_0_r u v : (forall j, (j < J)%nat -> v j = 0) -> inner u v = 0.
Proof. intros H. apply sum_zero. intros j Hj. rewrite H by auto. ring. Qed.
Lemma inner_0_l u v : (forall j, (j < J)%nat -> u j = 0) -> inner u v = 0.
Proof. intros H. apply sum_zero. intros j Hj. rewrite H by auto. ring. Qed.

(** ** The dual function Psi and the exact global identity *)
(** Psi_P(u) = 2 scale sum_k e_k rho(u . x_k), the derivative of the loss in the output weight of a
    (possibly new) neuron with input weight u. *)
Definition dual (P : network) (u : vector) (j : nat) : R :=
  2 * scale p * sum N (fun k => residual P k j * rho (dot u (x k))).
(** dL/dc *)
Definition bias_gradient (P : network) (j : nat) : R :=
  if has_output_bias p then 2 * scale p * sum N (fun k => residual P k j) else 0.

(** The sum over data and outputs of e_kj f_Q(x_k)_j, in terms of Q's parameters. *)
Lemma error_times_prediction P Q :
  2 * scale p * sum N (fun k => sum J (fun j => residual P k j * prediction Q k j)) =
  sum (width Q) (fun i => inner (h Q i) (dual P (w Q i))) + inner (c Q) (bias_gradient P).
Proof.
  transitivity (2 * scale p * (sum N (fun k => sum J (fun j => sum (width Q) (fun i =>
     residual P k j * (h Q i j * rho (dot (w Q i) (x k))))))
     + sum N (fun k => sum J (fun j => residual P k j * if has_output_bias p then c Q j else 0)))).
  { f_equal. rewrite <- sum_plus. apply sum_ext. intros k _. rewrite <- sum_plus.
    apply sum_ext. intros j _. rewrite sum_scal. unfold Definitions.prediction. ring. }
  rewrite Rmult_plus_distr_l. f_equal.
  - rewrite <- sum_scal.
    transitivity (sum (width Q) (fun i => sum N (fun k => sum J (fun j =>
      2 * scale p * (residual P k j * (h Q i j * rho (dot (w Q i) (x k)))))))).
    { rewrite <- sum_swap. apply sum_ext. intros k _. rewrite <- sum_scal, <- sum_swap.
      apply sum_ext. intros j _. symmetry. apply sum_scal. }
    apply sum_ext. intros i _. rewrite sum_swap. apply sum_ext. intros j _.
    unfold dual. rewrite <- !sum_scal. apply sum_ext. intros; ring.
  - rewrite sum_swap, <- sum_scal. apply sum_ext. intros j _. unfold bias_gradient.
    destruct (has_output_bias p).
    + rewrite sum_scal_r. ring.
    + rewrite (sum_zero N) by (intros; ring). ring.
Qed.

Lemma loss_difference P Q : loss Q - loss P =
  2 * scale p * sum N (fun k => sum J (fun j => residual P k j * prediction Q k j))
  - 2 * scale p * sum N (fun k => sum J (fun j => residual P k j * prediction P k j))
  + scale p * sum N (fun k => sum J (fun j => (prediction Q k j - prediction P k j) ^ 2)).
Proof.
  unfold Definitions.loss.
  transitivity (scale p * sum N (fun k => sum J (fun j =>
     (residual P k j ^ 2 + 2 * (residual P k j * prediction Q k j)
     - 2 * (residual P k j * prediction P k j)) + (prediction Q k j - prediction P k j) ^ 2))
     - scale p * sum N (fun k => sum J (fun j => residual P k j ^ 2))).
  { f_equal. f_equal. apply sum_ext. intros k _. apply sum_ext. intros j _.
    unfold Definitions.residual. ring. }
  rewrite (sum_ext N _ (fun k => sum J (fun j => residual P k j ^ 2)
     + 2 * sum J (fun j => residual P k j * prediction Q k j)
     - 2 * sum J (fun j => residual P k j * prediction P k j)
     + sum J (fun j => (prediction Q k j - prediction P k j) ^ 2))).
  2:{ intros k _. rewrite sum_plus, sum_minus, sum_plus, !sum_scal. ring. }
  rewrite sum_plus, sum_minus, sum_plus, !sum_scal. ring.
Qed.

(** The first-order conditions in the output weights and the output bias. *)
Definition balanced (P : network) : Prop :=
  (forall i j, (i < width P)%nat -> (j < J)%nat -> dual P (w P i) j = 0)
  /\ (forall j, (j < J)%nat -> bias_gradient P j = 0).

(** For EVERY network Q of EVERY width. *)
Theorem global_identity P Q : balanced P ->
  loss Q - loss P =
  sum (width Q) (fun i => inner (h Q i) (dual P (w Q i)))
  + scale p * sum N (fun k => sum J (fun j => (prediction Q k j - prediction P k j) ^ 2)).
Proof.
  intros [H1 H2]. rewrite loss_difference, !error_times_prediction.
  rewrite (inner_0_r (c Q)), (inner_0_r (c P)), (sum_zero (width P)); auto; [lra|].
  intros i Hi. apply inner_0_r. auto.
Qed.

Lemma squares_ge0 (f : nat -> nat -> R) : 0 <= sum N (fun k => sum J (fun j => f k j ^ 2)).
Proof. apply sum_ge0. intros. apply sum_ge0. intros. apply pow2_ge_0. Qed.

(** ** The dual function near an input weight *)
Lemma dual_step P u i : (forall k, (k < N)%nat -> compatible (dot (w P i) (x k)) (dot u (x k))) ->
  forall j, dual P u j = dual P (w P i) j + psi p P i (fun a => u a - w P i a) j.
Proof.
  intros Hc j. unfold dual, psi. rewrite <- Rmult_plus_distr_l, <- sum_plus. f_equal.
  apply sum_ext. intros k Hk. rewrite (rho_step _ _ (Hc k Hk)), dot_minus. ring.
Qed.

Lemma psi_scal P i a v j : 0 <= a -> psi p P i (fun b => a * v b) j = a * psi p P i v j.
Proof.
  intros Ha. unfold psi. rewrite <- !sum_scal. apply sum_ext. intros k Hk.
  rewrite dot_scal, drho_scal by auto. ring.
Qed.
Lemma psi_ext P i u v j : (forall a, (a < d)%nat -> u a = v a) -> psi p P i u j = psi p P i v j.
Proof.
  intros H. unfold psi. f_equal. apply sum_ext. intros k _. now rewrite (dot_ext u v).
Qed.
Lemma psi_0 P i j : psi p P i (fun _ => 0) j = 0.
Proof.
  rewrite (psi_ext P i _ (fun _ => 0 * 0)) by (intros; ring).
  rewrite psi_scal by lra. ring.
Qed.
Lemma psi_self P i j : psi p P i (w P i) j = dual P (w P i) j.
Proof. unfold psi, dual. f_equal. apply sum_ext. intros k _. now rewrite drho_self. Qed.

(** ** Every small move keeps the signs *)
Definition keeps_signs (P Q : network) : Prop := width Q = width P /\
  forall i k, (i < width P)%nat -> (k < N)%nat ->
  compatible (dot (w P i) (x k)) (dot (w Q i) (x k)).

Lemma keeps_signs_near P : exists eps, 0 < eps /\ forall Q, near p eps P Q -> keeps_signs P Q.
Proof.
  set (Good := fun i k eps => forall u, (forall a, (a < d)%nat -> Rabs (u a - w P i a) < eps) ->
     compatible (dot (w P i) (x k)) (dot u (x k))).
  assert (HP : exists eps, 0 < eps /\
     forall i, (i < width P)%nat -> forall k, (k < N)%nat -> Good i k eps).
  { apply (finite_radius (width P) (fun i e => forall k, (k < N)%nat -> Good i k e)).
    { intros i e e' H He k Hk u Hu. apply (H k Hk). intros a Ha. specialize (Hu a Ha). lra. }
    intros i Hi. apply (finite_radius N (fun k e => Good i k e)).
    { intros k e e' H He u Hu. apply H. intros a Ha. specialize (Hu a Ha). lra. }
    intros k Hk. set (t := dot (w P i) (x k)). set (B := sum d (fun a => Rabs (x k a))).
    assert (HB : 0 <= B) by (apply sum_ge0; intros; apply Rabs_pos).
    destruct (Req_dec t 0) as [H0|H0].
    { exists 1; split; [lra|]. intros u Hu. fold t. split; intros; lra. }
    assert (Ht : 0 < Rabs t) by (apply Rabs_pos_lt; auto).
    exists (Rabs t / (B + 1)). split; [apply Rdiv_lt_0_compat; lra|].
    intros u Hu. fold t.
    assert (Hb : Rabs (dot u (x k) - t) <= Rabs t / (B + 1) * B).
    { unfold t. rewrite <- dot_minus. apply dot_bound. intros a Ha. left. apply Hu; auto. }
    assert (Rabs t / (B + 1) * (B + 1) = Rabs t) by (field; lra).
    assert (0 < Rabs t / (B + 1)) by (apply Rdiv_lt_0_compat; lra).
    assert (Hb' : Rabs (dot u (x k) - t) < Rabs t) by nra.
    revert Hb'. unfold Rabs. destruct (Rcase_abs (dot u (x k) - t)), (Rcase_abs t);
    split; intros; lra. }
  destruct HP as [eps [He H]]. exists eps; split; auto.
  intros Q (Hw & HQ & _). split; auto. intros i k Hi Hk. apply (H i Hi k Hk). intros a Ha; auto.
Qed.

(** ** Along a ray the loss is a polynomial of degree four *)
Definition slope1 (P D : network) (k j : nat) : R :=
  sum (width P) (fun i => h P i j * drho (dot (w P i) (x k)) (dot (w D i) (x k))
                          + h D i j * rho (dot (w P i) (x k)))
  + if has_output_bias p then c D j else 0.
Definition slope2 (P D : network) (k j : nat) : R :=
  sum (width P) (fun i => h D i j * drho (dot (w P i) (x k)) (dot (w D i) (x k))).

Lemma move_near P D eps : 0 < eps -> eventually (fun t => near p eps P (move P D t)).
Proof.
  intros He.
  assert (Hs : forall u v, eventually (fun t => Rabs (u + t * v - u) < eps)).
  { intros u v. apply (eventually_impl _ _ (eventually_small v eps He)). intros t _ H.
    now replace (u + t * v - u) with (t * v) by ring. }
  pose proof (eventually_all (width P) _ (fun i _ => eventually_all d _ (fun a _ =>
     Hs (w P i a) (w D i a)))) as H1.
  pose proof (eventually_all (width P) _ (fun i _ => eventually_all J _ (fun j _ =>
     Hs (h P i j) (h D i j)))) as H2.
  pose proof (eventually_all J _ (fun j _ => Hs (c P j) (c D j))) as H3.
  pose proof (eventually_and _ _ H1 (eventually_and _ _ H2 H3)) as H.
  apply (eventually_impl _ _ H). intros t _ (A & B & C). repeat split; auto; intros; simpl; auto.
Qed.

Lemma prediction_move P D t k j : 0 <= t -> keeps_signs P (move P D t) -> (k < N)%nat ->
  prediction (move P D t) k j = prediction P k j + t * slope1 P D k j + t ^ 2 * slope2 P D k j.
Proof.
  intros Ht [_ Hc] Hk. unfold Definitions.prediction, slope1, slope2. simpl width.
  rewrite (sum_ext (width P) _ (fun i => (h P i j * rho (dot (w P i) (x k))
    + t * (h P i j * drho (dot (w P i) (x k)) (dot (w D i) (x k)) + h D i j * rho (dot (w P i) (x k))))
    + t ^ 2 * (h D i j * drho (dot (w P i) (x k)) (dot (w D i) (x k))))).
  { rewrite !sum_plus, !sum_scal, sum_plus. simpl c. destruct (has_output_bias p); ring. }
  intros i Hi. simpl h.
  rewrite (rho_step _ _ (Hc i k Hi Hk)). simpl w.
  rewrite dot_plus, dot_scal. replace (dot (w P i) (x k) + t * dot (w D i) (x k) - dot (w P i) (x k))
    with (t * dot (w D i) (x k)) by ring.
  rewrite drho_scal by auto. ring.
Qed.

Definition coefficient1 P D := 2 * scale p * sum N (fun k => sum J (fun j =>
  residual P k j * slope1 P D k j)).
Definition coefficient2 P D := scale p * sum N (fun k => sum J (fun j =>
  2 * (residual P k j * slope2 P D k j) + slope1 P D k j ^ 2)).
Definition coefficient3 P D := 2 * scale p * sum N (fun k => sum J (fun j =>
  slope1 P D k j * slope2 P D k j)).
Definition coefficient4 P D := scale p * sum N (fun k => sum J (fun j => slope2 P D k j ^ 2)).

Theorem ray_expansion P D : eventually (fun t => loss (move P D t) =
  loss P + coefficient1 P D * t + coefficient2 P D * t ^ 2 + coefficient3 P D * t ^ 3
  + coefficient4 P D * t ^ 4).
Proof.
  destruct (keeps_signs_near P) as [eps [He Hc]].
  apply (eventually_impl _ _ (move_near P D eps He)). intros t Ht Hn.
  specialize (Hc _ Hn). unfold coefficient1, coefficient2, coefficient3, coefficient4.
  assert (Hk : forall k, (k < N)%nat -> sum J (fun j => residual (move P D t) k j ^ 2) =
     sum J (fun j => residual P k j ^ 2)
     + (2 * t) * sum J (fun j => residual P k j * slope1 P D k j)
     + t ^ 2 * sum J (fun j => 2 * (residual P k j * slope2 P D k j) + slope1 P D k j ^ 2)
     + (2 * t ^ 3) * sum J (fun j => slope1 P D k j * slope2 P D k j)
     + t ^ 4 * sum J (fun j => slope2 P D k j ^ 2)).
  { intros k Hk. rewrite <- !sum_scal, <- !sum_plus. apply sum_ext. intros j _.
    unfold Definitions.residual. rewrite prediction_move by (auto; lra). ring. }
  unfold Definitions.loss. rewrite (sum_ext N _ _ Hk), !sum_plus, !sum_scal. ring.
Qed.

(** ** The one-sided directional derivative *)
Definition directional_derivative (P D : network) : R :=
  sum (width P) (fun i => phi p P i (w D i) + inner (h D i) (dual P (w P i)))
  + inner (c D) (bias_gradient P).

Lemma coefficient1_formula P D : coefficient1 P D = directional_derivative P D.
Proof.
  unfold coefficient1, directional_derivative.
  transitivity (2 * scale p * (sum N (fun k => sum J (fun j => sum (width P) (fun i =>
     residual P k j * (h P i j * drho (dot (w P i) (x k)) (dot (w D i) (x k))
                       + h D i j * rho (dot (w P i) (x k))))))
     + sum N (fun k => sum J (fun j => residual P k j * if has_output_bias p then c D j else 0)))).
  { f_equal. rewrite <- sum_plus. apply sum_ext. intros k _. rewrite <- sum_plus.
    apply sum_ext. intros j _. rewrite sum_scal. unfold slope1. ring. }
  rewrite Rmult_plus_distr_l. f_equal.
  - rewrite <- sum_scal.
    transitivity (sum (width P) (fun i => sum N (fun k => sum J (fun j =>
      2 * scale p * (residual P k j * (h P i j * drho (dot (w P i) (x k)) (dot (w D i) (x k))
                       + h D i j * rho (dot (w P i) (x k)))))))).
    { rewrite <- sum_swap. apply sum_ext. intros k _. rewrite <- sum_scal, <- sum_swap.
      apply sum_ext. intros j _. symmetry. apply sum_scal. }
    apply sum_ext. intros i _. rewrite sum_swap. unfold phi, Definitions.inner.
    rewrite <- sum_plus. apply sum_ext. intros j _.
    unfold dual, psi. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros; ring.
  - rewrite sum_swap, <- sum_scal. apply sum_ext. intros j _. unfold bias_gradient.
    destruct (has_output_bias p).
    + rewrite sum_scal_r. ring.
    + rewrite (sum_zero N) by (intros; ring). ring.
Qed.

Lemma polynomial_small a b e eps : 0 < eps ->
  eventually (fun t => Rabs (a * t + b * t ^ 2 + e * t ^ 3) < eps).
Proof.
  intros He.
  pose proof (eventually_small (Rabs a + Rabs b + Rabs e) eps He) as H1.
  assert (H2 : eventually (fun t => t < 1)) by (exists 1; split; [lra | intros; lra]).
  apply (eventually_impl _ _ (eventually_and _ _ H1 H2)). intros t Ht [A B].
  eapply Rle_lt_trans; [|exact A].
  pose proof (Rabs_pos a). pose proof (Rabs_pos b). pose proof (Rabs_pos e).
  rewrite (Rabs_right (t * _)) by nra.
  assert (t ^ 2 <= t) by nra. assert (t ^ 3 <= t) by nra.
  assert (0 <= t ^ 2) by nra. assert (0 <= t ^ 3) by (apply pow_le; lra).
  eapply Rle_trans; [apply Rabs_triang|]. 
  assert (Rabs (a * t + b * t ^ 2) <= Rabs a * t + Rabs b * t).
  { eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
    rewrite (Rabs_right t), (Rabs_right (t ^ 2)) by lra. nra. }
  rewrite Rabs_mult, (Rabs_right (t ^ 3)) by lra. nra.
Qed.

Theorem directional_derivative_exists P D : has_derivative p P D (directional_derivative P D).
Proof.
  intros eps He. rewrite <- coefficient1_formula.
  pose proof (eventually_and _ _ (ray_expansion P D)
    (polynomial_small (coefficient2 P D) (coefficient3 P D) (coefficient4 P D) eps He)) as H.
  apply (eventually_impl _ _ H). intros t Ht [A B]. rewrite A.
  replace ((_ - _) / t - _) with (coefficient2 P D * t + coefficient3 P D * t ^ 2
    + coefficient4 P D * t ^ 3) by (field; lra). exact B.
Qed.

Lemma derivative_unique P D l l' : has_derivative p P D l -> has_derivative p P D l' -> l = l'.
Proof.
  intros H H'. destruct (Req_dec l l') as [|Hne]; auto. exfalso.
  assert (He : 0 < Rabs (l - l') / 2) by (assert (0 < Rabs (l - l')) by (apply Rabs_pos_lt; lra); lra).
  destruct (eventually_some _ (eventually_and _ _ (H _ He) (H' _ He))) as [t [Ht [A B]]].
  set (q := (loss (move P D t) - loss P) / t) in *.
  assert (Rabs (l - l') <= Rabs (q - l') + Rabs (q - l)).
  { replace (l - l') with ((q - l') + - (q - l)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
  lra.
Qed.

Lemma has_derivative_value P D l : has_derivative p P D l -> l = directional_derivative P D.
Proof. intros H. apply (derivative_unique P D); auto. apply directional_derivative_exists. Qed.

(** ** Directional stationarity *)
Definition only_weight (i : nat) (v : vector) : network :=
  Network 0 (fun i' => if Nat.eqb i' i then v else fun _ => 0) (fun _ _ => 0) (fun _ => 0).
Definition only_output (i : nat) (g : vector) : network :=
  Network 0 (fun _ _ => 0) (fun i' => if Nat.eqb i' i then g else fun _ => 0) (fun _ => 0).
Definition only_bias (g : vector) : network := Network 0 (fun _ _ => 0) (fun _ _ => 0) g.

Lemma phi_0 P i : phi p P i (fun _ => 0) = 0.
Proof. apply inner_0_r. intros. apply psi_0. Qed.

Lemma derivative_only_weight P i v : (i < width P)%nat ->
  directional_derivative P (only_weight i v) = phi p P i v.
Proof.
  intros Hi. unfold directional_derivative, only_weight. simpl.
  rewrite (sum_single _ _ i Hi).
  - rewrite Nat.eqb_refl. rewrite !inner_0_l by auto. ring.
  - intros i' _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne, phi_0, inner_0_l by auto. ring.
Qed.
Lemma derivative_only_output P i g : (i < width P)%nat ->
  directional_derivative P (only_output i g) = inner g (dual P (w P i)).
Proof.
  intros Hi. unfold directional_derivative, only_output. simpl.
  rewrite (sum_single _ _ i Hi).
  - rewrite Nat.eqb_refl, phi_0, (inner_0_l (fun _ => 0)) by auto. ring.
  - intros i' _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne, phi_0, inner_0_l by auto. ring.
Qed.
Lemma derivative_only_bias P g :
  directional_derivative P (only_bias g) = inner g (bias_gradient P).
Proof.
  unfold directional_derivative, only_bias. simpl. rewrite sum_zero; [ring|].
  intros i _. rewrite phi_0, inner_0_l by auto. ring.
Qed.

Lemma inner_unit j v : (j < J)%nat -> inner (unit_vector j) v = v j.
Proof.
  intros Hj. unfold Definitions.inner. rewrite (sum_single _ _ j Hj).
  - unfold unit_vector. rewrite Nat.eqb_refl. ring.
  - intros l _ Hne. unfold unit_vector. destruct (Nat.eqb_spec j l); [congruence | ring].
Qed.

Lemma vector_zero_of_inner v : (forall g, 0 <= inner g v) -> forall j, (j < J)%nat -> v j = 0.
Proof.
  intros H j Hj. pose proof (H (unit_vector j)) as A.
  pose proof (H (fun l => -1 * unit_vector j l)) as B. rewrite inner_scal in B.
  rewrite inner_unit in A, B by auto. lra.
Qed.

Theorem directionally_stationary_derivative P :
  directionally_stationary p P <-> forall D, 0 <= directional_derivative P D.
Proof.
  split.
  - intros H D. destruct (H D) as [l [A B]]. apply has_derivative_value in A. now subst.
  - intros H D. exists (directional_derivative P D). split; auto. apply directional_derivative_exists.
Qed.

Theorem directionally_stationary_iff P : directionally_stationary p P <->
  balanced P /\ (forall i v, (i < width P)%nat -> 0 <= phi p P i v).
Proof.
  rewrite directionally_stationary_derivative. split.
  - intros H. split; [split|].
    + intros i j Hi Hj. apply (vector_zero_of_inner (dual P (w P i))); auto. intros g.
      rewrite <- derivative_only_output by auto. apply H.
    + intros j Hj. apply (vector_zero_of_inner (bias_gradient P)); auto. intros g.
      rewrite <- derivative_only_bias. apply H.
    + intros i v Hi. rewrite <- derivative_only_weight by auto. apply H.
  - intros [[H1 H2] H3] D. unfold directional_derivative.
    rewrite (inner_0_r (c D)) by auto. rewrite Rplus_0_r. apply sum_ge0. intros i Hi.
    rewrite inner_0_r by auto. rewrite Rplus_0_r. auto.
Qed.

Theorem not_directionally_stationary P D :
  directional_derivative P D < 0 -> ~ directionally_stationary p P.
Proof. intros H H'. rewrite directionally_stationary_derivative in H'. specialize (H' D). lra. Qed.

(** First order: a local minimum is directionally stationary. *)
Lemma descent_is_not_minimum P (Q : R -> network) :
  (forall eps, 0 < eps -> eventually (fun t => near p eps P (Q t))) ->
  eventually (fun t => loss (Q t) < loss P) -> ~ local_minimum p P.
Proof.
  intros Hn Hd [eps [He Hmin]].
  destruct (eventually_some _ (eventually_and _ _ (Hn eps He) Hd)) as [t [Ht [A B]]].
  specialize (Hmin _ A). lra.
Qed.
End Expansion.
