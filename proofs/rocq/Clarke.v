(** The Clarke subdifferential: zero by a convex combination of cell gradients, and its refutation. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums Expansion.
Local Open Scope R_scope.

Section Clarke.
Variable p : problem.
Notation dot := (dot p). Notation rho := (rho p). Notation drho := (drho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p).

(** ** Continuity in all parameters at once *)
Definition continuous (P : network) (F : network -> R) : Prop := forall eta, 0 < eta ->
  exists eps, 0 < eps /\ forall Q, near p eps P Q -> Rabs (F Q - F P) < eta.

Lemma near_le e e' P Q : e <= e' -> near p e P Q -> near p e' P Q.
Proof. intros H (A & B & C & E). repeat split; auto; intros; eapply Rlt_le_trans; eauto. Qed.

Lemma continuous_ext P F G : (forall Q, width Q = width P -> F Q = G Q) ->
  continuous P F -> continuous P G.
Proof.
  intros H HF eta He. destruct (HF eta He) as [eps [H1 H2]]. exists eps. split; auto.
  intros Q HQ. rewrite <- !H; auto. now destruct HQ.
Qed.
Lemma continuous_const P a : continuous P (fun _ => a).
Proof. intros eta He. exists 1. split; [lra|]. intros. rewrite Rminus_eq_0, Rabs_R0. lra. Qed.
Lemma continuous_plus P F G : continuous P F -> continuous P G -> continuous P (fun Q => F Q + G Q).
Proof.
  intros HF HG eta He. destruct (HF (eta / 2) ltac:(lra)) as [e1 [H1 A]].
  destruct (HG (eta / 2) ltac:(lra)) as [e2 [H2 B]]. exists (Rmin e1 e2).
  split; [now apply Rmin_glb_lt|]. intros Q HQ.
  specialize (A Q (near_le _ _ _ _ (Rmin_l _ _) HQ)). specialize (B Q (near_le _ _ _ _ (Rmin_r _ _) HQ)).
  replace (F Q + G Q - (F P + G P)) with ((F Q - F P) + (G Q - G P)) by ring.
  eapply Rle_lt_trans; [apply Rabs_triang | lra].
Qed.
Lemma continuous_scal P a F : continuous P F -> continuous P (fun Q => a * F Q).
Proof.
  intros HF eta He. pose proof (Rabs_pos a).
  destruct (HF (eta / (Rabs a + 1)) ltac:(apply Rdiv_lt_0_compat; lra)) as [e [H1 A]].
  exists e. split; auto. intros Q HQ. specialize (A Q HQ).
  rewrite <- Rmult_minus_distr_l, Rabs_mult.
  assert (eta / (Rabs a + 1) * (Rabs a + 1) = eta) by (field; lra).
  pose proof (Rabs_pos (F Q - F P)). nra.
Qed.
Lemma continuous_square P F : continuous P F -> continuous P (fun Q => F Q * F Q).
Proof.
  intros HF eta He. set (B := 2 * Rabs (F P) + 1). pose proof (Rabs_pos (F P)).
  destruct (HF (Rmin 1 (eta / B)) ltac:(apply Rmin_glb_lt; [lra | apply Rdiv_lt_0_compat; unfold B; lra]))
    as [e [H1 A]].
  exists e. split; auto. intros Q HQ. specialize (A Q HQ).
  pose proof (Rmin_l 1 (eta / B)). pose proof (Rmin_r 1 (eta / B)).
  replace (F Q * F Q - F P * F P) with ((F Q - F P) * ((F Q - F P) + 2 * F P)) by ring.
  rewrite Rabs_mult. assert (Rabs ((F Q - F P) + 2 * F P) <= B).
  { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_right 2) by lra. unfold B. lra. }
  assert (eta / B * B = eta) by (field; unfold B; lra).
  assert (HB : 0 < B) by (unfold B; lra).
  apply Rle_lt_trans with (Rabs (F Q - F P) * B).
  - apply Rmult_le_compat_l; [apply Rabs_pos | auto].
  - apply Rlt_le_trans with (eta / B * B); [|lra]. apply Rmult_lt_compat_r; lra.
Qed.
Lemma continuous_mult P F G : continuous P F -> continuous P G -> continuous P (fun Q => F Q * G Q).
Proof.
  intros HF HG.
  apply (continuous_ext P (fun Q => / 4 * ((F Q + G Q) * (F Q + G Q))
     + (- / 4) * ((F Q + (-1) * G Q) * (F Q + (-1) * G Q)))); [intros; field|].
  apply continuous_plus; apply continuous_scal; apply continuous_square; apply continuous_plus; auto.
  now apply continuous_scal.
Qed.
Lemma continuous_sum P n (F : nat -> network -> R) :
  (forall k, (k < n)%nat -> continuous P (F k)) -> continuous P (fun Q => sum n (fun k => F k Q)).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply continuous_const|].
  apply continuous_plus; auto.
Qed.
Lemma continuous_abs P F : continuous P F -> continuous P (fun Q => Rabs (F Q)).
Proof.
  intros HF eta He. destruct (HF eta He) as [e [H1 A]]. exists e. split; auto.
  intros Q HQ. eapply Rle_lt_trans; [apply Rabs_triang_inv2 | auto].
Qed.
Lemma continuous_w P i a : (i < width P)%nat -> (a < d)%nat -> continuous P (fun Q => w Q i a).
Proof. intros Hi Ha eta He. exists eta. split; auto. intros Q (_ & A & _). auto. Qed.
Lemma continuous_h P i j : (i < width P)%nat -> (j < J)%nat -> continuous P (fun Q => h Q i j).
Proof. intros Hi Ha eta He. exists eta. split; auto. intros Q (_ & _ & A & _). auto. Qed.
Lemma continuous_c P j : (j < J)%nat -> continuous P (fun Q => c Q j).
Proof. intros Ha eta He. exists eta. split; auto. intros Q (_ & _ & _ & A). auto. Qed.

Lemma continuous_preactivation P i k : (i < width P)%nat ->
  continuous P (fun Q => dot (w Q i) (x k)).
Proof.
  intros Hi. apply continuous_sum. intros a Ha. apply continuous_mult.
  - now apply continuous_w. - apply continuous_const.
Qed.
Lemma continuous_activation P i k : (i < width P)%nat ->
  continuous P (fun Q => rho (dot (w Q i) (x k))).
Proof.
  intros Hi. pose proof (continuous_preactivation P i k Hi) as H.
  eapply continuous_ext; [intros Q _; symmetry; apply rho_abs|].
  apply continuous_plus; apply continuous_scal; auto. now apply continuous_abs.
Qed.
Lemma continuous_residual P k j : (j < J)%nat -> continuous P (fun Q => residual Q k j).
Proof.
  intros Hj. apply (continuous_ext P (fun Q => ((if has_output_bias p then c Q j else 0)
    + sum (width P) (fun i => h Q i j * rho (dot (w Q i) (x k)))) + (- target p k j))).
  { intros Q HQ. unfold Definitions.residual, Definitions.prediction. rewrite HQ. ring. }
  apply continuous_plus; [apply continuous_plus | apply continuous_const].
  - destruct (has_output_bias p); [now apply continuous_c | apply continuous_const].
  - apply continuous_sum. intros i Hi. apply continuous_mult;
      [now apply continuous_h | now apply continuous_activation].
Qed.
Definition pull (P : network) (i k : nat) : R := inner (h P i) (residual P k).
Lemma continuous_pull P i k : (i < width P)%nat -> continuous P (fun Q => pull Q i k).
Proof.
  intros Hi. apply continuous_sum. intros j Hj. apply continuous_mult;
    [now apply continuous_h | now apply continuous_residual].
Qed.
Lemma continuous_dual P i j : (i < width P)%nat -> (j < J)%nat ->
  continuous P (fun Q => dual p Q (w Q i) j).
Proof.
  intros Hi Hj. apply continuous_scal. apply continuous_sum. intros k _.
  apply continuous_mult; [now apply continuous_residual | now apply continuous_activation].
Qed.
Lemma continuous_bias_gradient P j : (j < J)%nat -> continuous P (fun Q => bias_gradient p Q j).
Proof.
  intros Hj. unfold bias_gradient. destruct (has_output_bias p); [|apply continuous_const].
  apply continuous_scal. apply continuous_sum. intros k _. now apply continuous_residual.
Qed.

Lemma continuous_eventually P F (Q : R -> network) :
  (forall eps, 0 < eps -> eventually (fun t => near p eps P (Q t))) -> continuous P F ->
  forall eta, 0 < eta -> eventually (fun t => Rabs (F (Q t) - F P) < eta).
Proof.
  intros HQ HF eta He. destruct (HF eta He) as [eps [H1 A]].
  apply (eventually_impl _ _ (HQ eps H1)). auto.
Qed.

(** ** Gradients on cells *)
(** The slope of rho on the side of the cell that [u] points into. *)
Definition slope (t s : R) : R :=
  if Rlt_dec 0 t then slope_plus p else if Rlt_dec t 0 then slope_minus p
  else if Rlt_dec 0 s then slope_plus p else slope_minus p.
Definition gradient_with (sigma : nat -> R) (P : network) (i : nat) (a : nat) : R :=
  2 * scale p * sum N (fun k => pull P i k * (sigma k * x k a)).
Definition cell_gradient (P : network) (i : nat) (u : vector) : vector :=
  gradient_with (fun k => slope (dot (w P i) (x k)) (dot u (x k))) P i.
(** u points into an open cell of neuron i. *)
Definition generic (P : network) (i : nat) (u : vector) : Prop := forall k, (k < N)%nat ->
  dot (w P i) (x k) = 0 -> dot (x k) (x k) <> 0 -> dot u (x k) <> 0.

Lemma inert k : dot (x k) (x k) = 0 -> forall v, dot v (x k) = 0.
Proof.
  intros H v. apply sum_zero. intros a Ha.
  assert (E : x k a * x k a = 0).
  { apply (sum_zero_ge0 d (fun a => x k a * x k a)); auto. intros; nra. }
  apply Rmult_integral in E. assert (x k a = 0) as -> by tauto. ring.
Qed.

Lemma gradient_with_dot sigma P i v : dot (gradient_with sigma P i) v =
  2 * scale p * sum N (fun k => pull P i k * (sigma k * dot v (x k))).
Proof.
  unfold Definitions.dot at 1, gradient_with.
  rewrite (sum_ext d _ (fun a => 2 * scale p * sum N (fun k => pull P i k * (sigma k * (v a * x k a))))).
  2:{ intros a _. rewrite Rmult_assoc, <- sum_scal_r. f_equal. apply sum_ext; intros; ring. }
  rewrite sum_scal, sum_swap. f_equal. apply sum_ext. intros k _. now rewrite !sum_scal.
Qed.
Lemma phi_pull P i v : phi p P i v =
  2 * scale p * sum N (fun k => pull P i k * drho (dot (w P i) (x k)) (dot v (x k))).
Proof.
  unfold phi, psi, pull, Definitions.inner.
  rewrite (sum_ext J _ (fun j => 2 * scale p * sum N (fun k =>
    h P i j * residual P k j * drho (dot (w P i) (x k)) (dot v (x k))))).
  2:{ intros j _. rewrite <- !sum_scal. apply sum_ext; intros; ring. }
  rewrite sum_scal, sum_swap. f_equal. apply sum_ext. intros k _. now rewrite sum_scal_r.
Qed.

Definition gradient_network (sigma : nat -> nat -> R) (P : network) : network :=
  Network (width P) (fun i => gradient_with (sigma i) P i) (fun i => dual p P (w P i))
          (bias_gradient p P).

Lemma smooth_gradient sigma P :
  (forall i k v, (i < width P)%nat -> (k < N)%nat ->
     drho (dot (w P i) (x k)) (dot v (x k)) = sigma i k * dot v (x k)) ->
  is_gradient p P (gradient_network sigma P).
Proof.
  intros H D. replace (sum _ _ + _) with (directional_derivative p P D);
    [apply directional_derivative_exists|].
  unfold directional_derivative. simpl. f_equal; [|apply sum_ext; intros; ring].
  apply sum_ext. intros i Hi. f_equal; [|apply sum_ext; intros; ring].
  rewrite phi_pull, gradient_with_dot. f_equal. apply sum_ext. intros k Hk. now rewrite (H i k).
Qed.

Theorem cell_gradient_is_limiting P (u : nat -> vector) :
  (forall i, (i < width P)%nat -> generic P i (u i)) ->
  limiting_gradient p P (gradient_network
    (fun i k => slope (dot (w P i) (x k)) (dot (u i) (x k))) P).
Proof.
  intros Hu. set (sigma := fun i k => slope (dot (w P i) (x k)) (dot (u i) (x k))).
  split; [reflexivity|]. intros eps He.
  set (D := Network 0 u (fun _ _ => 0) (fun _ => 0)).
  assert (Hnear := move_near p P D).
  assert (Hsmooth : eventually (fun t => forall i, (i < width P)%nat -> forall k, (k < N)%nat ->
    forall s, (dot (x k) (x k) <> 0 \/ s = 0) ->
    drho (dot (w P i) (x k) + t * dot (u i) (x k)) s = sigma i k * s)).
  { apply eventually_all. intros i Hi. apply eventually_all. intros k Hk.
    destruct (Req_dec (dot (x k) (x k)) 0) as [Hz|Hz].
    { exists 1. split; [lra|]. intros t _ s [H| ->]; [contradiction|]. rewrite drho_0. ring. }
    set (t0 := dot (w P i) (x k)). set (s0 := dot (u i) (x k)).
    destruct (Req_dec t0 0) as [H0|H0].
    - exists 1. split; [lra|]. intros t Ht s _.
      assert (Hs0 : s0 <> 0) by (apply (Hu i Hi k Hk); auto).
      unfold sigma, slope, Definitions.drho. fold t0 s0. rewrite H0.
      destruct (Rlt_dec 0 0); [lra|].
      destruct (Rlt_dec 0 s0), (Rlt_dec 0 (0 + t * s0)), (Rlt_dec (0 + t * s0) 0); auto; exfalso; nra.
    - assert (Hp : 0 < Rabs t0) by (now apply Rabs_pos_lt).
      apply (eventually_impl _ _ (eventually_small s0 _ Hp)). intros t Ht Hlt s _.
      unfold sigma, slope, Definitions.drho. fold t0 s0. revert Hlt. unfold Rabs.
      destruct (Rcase_abs (t * s0)), (Rcase_abs t0); intros Hlt;
      destruct (Rlt_dec 0 (t0 + t * s0)), (Rlt_dec 0 t0); auto; try (exfalso; lra);
      destruct (Rlt_dec (t0 + t * s0) 0), (Rlt_dec t0 0); auto; exfalso; lra. }
  assert (Hw : eventually (fun t => forall i, (i < width P)%nat -> forall a, (a < d)%nat ->
    Rabs (gradient_with (sigma i) (move P D t) i a - gradient_with (sigma i) P i a) < eps)).
  { apply eventually_all. intros i Hi. apply eventually_all. intros a Ha.
    apply (continuous_eventually P (fun Q => gradient_with (sigma i) Q i a)); auto.
    apply continuous_scal, continuous_sum. intros k _.
    apply continuous_mult; [now apply continuous_pull | apply continuous_const]. }
  assert (Hh : eventually (fun t => forall i, (i < width P)%nat -> forall j, (j < J)%nat ->
    Rabs (dual p (move P D t) (w (move P D t) i) j - dual p P (w P i) j) < eps)).
  { apply eventually_all. intros i Hi. apply eventually_all. intros j Hj.
    apply (continuous_eventually P (fun Q => dual p Q (w Q i) j)); auto. now apply continuous_dual. }
  assert (Hc : eventually (fun t => forall j, (j < J)%nat ->
    Rabs (bias_gradient p (move P D t) j - bias_gradient p P j) < eps)).
  { apply eventually_all. intros j Hj.
    apply (continuous_eventually P (fun Q => bias_gradient p Q j)); auto.
    now apply continuous_bias_gradient. }
  destruct (eventually_some _ (eventually_and _ _ (Hnear eps He) (eventually_and _ _ Hsmooth
    (eventually_and _ _ Hw (eventually_and _ _ Hh Hc))))) as (t & Ht & An & As & Aw & Ah & Ac).
  exists (move P D t), (gradient_network sigma (move P D t)). split; [exact An|]. split.
  - apply smooth_gradient. intros i k v Hi Hk. simpl w. rewrite dot_plus, dot_scal.
    apply As; auto. destruct (Req_dec (dot (x k) (x k)) 0) as [Hz|]; auto. right. now apply inert.
  - split; [reflexivity|]. split; [|split].
    + intros i a Hi Ha. now apply Aw.
    + intros i j Hi Hj. now apply Ah.
    + exact Ac.
Qed.

(** ** Zero by convex combinations, neuron by neuron *)
(** The joint combination of the first q neurons (a product of the single ones). *)
Lemma joint_combination P (n : nat -> nat) (mu : nat -> nat -> R) (u : nat -> nat -> vector) :
  (forall i, (i < width P)%nat ->
     (forall l, (l < n i)%nat -> 0 <= mu i l /\ generic P i (u i l)) /\ sum (n i) (mu i) = 1
     /\ forall a, (a < d)%nat -> sum (n i) (fun l => mu i l * cell_gradient P i (u i l) a) = 0) ->
  forall q, (q <= width P)%nat -> exists n' (mu' : nat -> R) (u' : nat -> nat -> vector),
    (forall l, (l < n')%nat -> 0 <= mu' l /\ forall i, (i < width P)%nat -> generic P i (u' l i))
    /\ sum n' mu' = 1
    /\ forall i a, (i < q)%nat -> (a < d)%nat ->
         sum n' (fun l => mu' l * cell_gradient P i (u' l i) a) = 0.
Proof.
  intros H. induction q as [|q IH]; intros Hq.
  - exists 1%nat, (fun _ => 1), (fun _ i => u i 0%nat). split; [|split; [simpl; lra | intros; lia]].
    intros l _. split; [lra|]. intros i Hi. destruct (H i Hi) as (A & B & _). apply A.
    destruct (n i); [simpl in B; lra | lia].
  - destruct IH as (n' & mu' & u' & A & B & C); [lia|]. destruct (H q ltac:(lia)) as (A' & B' & C').
    set (n2 := n q) in *.
    assert (Hn2 : n2 <> 0%nat) by (intros E; rewrite E in B'; simpl in B'; lra).
    assert (Hdm : forall l1 l2, (l2 < n2)%nat ->
      Nat.div (l1 * n2 + l2) n2 = l1 /\ Nat.modulo (l1 * n2 + l2) n2 = l2).
    { intros l1 l2 Hl. split.
      - rewrite Nat.div_add_l, Nat.div_small by auto. lia.
      - rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small; auto. }
    exists (n' * n2)%nat, (fun l => mu' (Nat.div l n2) * mu q (Nat.modulo l n2)),
      (fun l i => if Nat.eqb i q then u q (Nat.modulo l n2) else u' (Nat.div l n2) i).
    assert (Hsum : forall f g : nat -> R, sum (n' * n2) (fun l => (mu' (Nat.div l n2) * mu q (Nat.modulo l n2))
       * (f (Nat.div l n2) * g (Nat.modulo l n2)))
       = sum n' (fun l => mu' l * f l) * sum n2 (fun l => mu q l * g l)).
    { intros f g. rewrite sum_product, <- sum_scal_r. apply sum_ext. intros l1 _.
      rewrite <- sum_scal. apply sum_ext. intros l2 Hl2. destruct (Hdm l1 l2 Hl2) as [-> ->]. ring. }
    split; [|split].
    + intros l Hl. assert (H1 : (Nat.div l n2 < n')%nat)
        by (apply Nat.div_lt_upper_bound; auto; lia).
      assert (H2 : (Nat.modulo l n2 < n2)%nat) by (now apply Nat.mod_upper_bound).
      destruct (A _ H1) as [A1 A2], (A' _ H2) as [A3 A4]. split; [now apply Rmult_le_pos|].
      intros i Hi. destruct (Nat.eqb_spec i q) as [->|]; auto.
    + rewrite (sum_ext _ _ (fun l => (mu' (Nat.div l n2) * mu q (Nat.modulo l n2)) * (1 * 1))) by (intros; ring).
      rewrite (Hsum (fun _ => 1) (fun _ => 1)).
      rewrite (sum_ext n' _ mu'), (sum_ext n2 _ (mu q)), B, B' by (intros; ring). lra.
    + intros i a Hi Ha. destruct (Nat.eqb_spec i q) as [->|Hne].
      * rewrite (sum_ext _ _ (fun l => (mu' (Nat.div l n2) * mu q (Nat.modulo l n2))
          * (1 * cell_gradient P q (u q (Nat.modulo l n2)) a))) by (intros; ring).
        rewrite (Hsum (fun _ => 1) (fun l => cell_gradient P q (u q l) a)), C' by auto. ring.
      * rewrite (sum_ext _ _ (fun l => (mu' (Nat.div l n2) * mu q (Nat.modulo l n2))
          * (cell_gradient P i (u' (Nat.div l n2) i) a * 1))) by (intros; ring).
        rewrite (Hsum (fun l => cell_gradient P i (u' l i) a) (fun _ => 1)), C by (auto; lia). ring.
Qed.

Theorem clarke_sufficient P (n : nat -> nat) (mu : nat -> nat -> R) (u : nat -> nat -> vector) :
  balanced p P ->
  (forall i, (i < width P)%nat ->
     (forall l, (l < n i)%nat -> 0 <= mu i l /\ generic P i (u i l)) /\ sum (n i) (mu i) = 1
     /\ forall a, (a < d)%nat -> sum (n i) (fun l => mu i l * cell_gradient P i (u i l) a) = 0) ->
  clarke_stationary p P.
Proof.
  intros [Hb1 Hb2] H.
  destruct (joint_combination P n mu u H (width P) (le_n _)) as (n' & mu' & u' & A & B & C).
  exists n', mu', (fun l => gradient_network
    (fun i k => slope (dot (w P i) (x k)) (dot (u' l i) (x k))) P).
  split; [|split; [exact B|split; [|split]]].
  - intros l Hl. destruct (A l Hl) as [A1 A2]. split; auto. now apply cell_gradient_is_limiting.
  - intros i a Hi Ha. simpl. apply (C i a Hi Ha).
  - intros i j Hi Hj. simpl. apply sum_zero. intros l _. rewrite Hb1 by auto. ring.
  - intros j Hj. simpl. apply sum_zero. intros l _. rewrite Hb2 by auto. ring.
Qed.

(** ** Refutation *)
Lemma gradient_value Q G D : is_gradient p Q G ->
  directional_derivative p Q D = sum (width Q) (fun i => dot (w G i) (w D i) + inner (h G i) (h D i))
                                 + inner (c G) (c D).
Proof. intros H. symmetry. apply (has_derivative_value p). apply H. Qed.

Lemma inner_0 u : inner u (fun _ => 0) = 0.
Proof. now apply inner_0_r. Qed.
Lemma dot_0 u : dot u (fun _ => 0) = 0.
Proof. apply sum_zero. intros; ring. Qed.

Lemma gradient_output Q G i j : is_gradient p Q G -> (i < width Q)%nat -> (j < J)%nat ->
  h G i j = dual p Q (w Q i) j.
Proof.
  intros H Hi Hj. pose proof (gradient_value Q G (only_output i (unit_vector j)) H) as E.
  rewrite derivative_only_output, inner_unit in E by auto. rewrite E. simpl.
  rewrite inner_0, (sum_single _ _ i Hi).
  - rewrite Nat.eqb_refl, dot_0. transitivity (inner (unit_vector j) (h G i)); [|unfold Definitions.inner].
    + now rewrite inner_unit.
    + rewrite Rplus_0_r, Rplus_0_l. apply sum_ext; intros; ring.
  - intros i' _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne, dot_0, inner_0. ring.
Qed.
Lemma gradient_bias Q G j : is_gradient p Q G -> (j < J)%nat -> c G j = bias_gradient p Q j.
Proof.
  intros H Hj. pose proof (gradient_value Q G (only_bias (unit_vector j)) H) as E.
  rewrite derivative_only_bias, inner_unit in E by auto. rewrite E. simpl.
  rewrite sum_zero.
  - transitivity (inner (unit_vector j) (c G)); [now rewrite inner_unit|].
    unfold Definitions.inner. rewrite Rplus_0_l. apply sum_ext; intros; ring.
  - intros i _. rewrite dot_0, inner_0. ring.
Qed.
Lemma gradient_weight Q G i v : is_gradient p Q G -> (i < width Q)%nat ->
  dot (w G i) v = phi p Q i v.
Proof.
  intros H Hi. pose proof (gradient_value Q G (only_weight i v) H) as E.
  rewrite derivative_only_weight in E by auto. rewrite E. simpl.
  rewrite inner_0, (sum_single _ _ i Hi).
  - rewrite Nat.eqb_refl, inner_0. ring.
  - intros i' _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne, dot_0, inner_0. ring.
Qed.

(** A quantity that is the same at every nearby gradient passes to the limit. *)
Lemma close_equal a b : (forall eta, 0 < eta -> Rabs (a - b) < 2 * eta) -> a = b.
Proof.
  intros H. destruct (Req_dec a b) as [|Hne]; auto. exfalso.
  assert (Hp : 0 < Rabs (a - b)) by (apply Rabs_pos_lt; lra).
  specialize (H (Rabs (a - b) / 2) ltac:(lra)). lra.
Qed.

Lemma limiting_output P G i j : limiting_gradient p P G -> (i < width P)%nat -> (j < J)%nat ->
  h G i j = dual p P (w P i) j.
Proof.
  intros [Hw H] Hi Hj. apply close_equal. intros eta He.
  destruct (continuous_dual P i j Hi Hj eta He) as (e & He1 & Hc).
  destruct (H (Rmin e eta) ltac:(now apply Rmin_glb_lt)) as (Q & G' & HQ & HG & Hn).
  specialize (Hc Q (near_le _ _ _ _ (Rmin_l _ _) HQ)). destruct HQ as [HwQ _].
  apply (near_le _ _ _ _ (Rmin_r e eta)) in Hn. destruct Hn as (_ & _ & Hn & _).
  specialize (Hn i j ltac:(lia) Hj).
  rewrite (gradient_output Q G' i j HG) in Hn by (auto; lia).
  replace (h G i j - _) with ((dual p Q (w Q i) j - dual p P (w P i) j)
     + - (dual p Q (w Q i) j - h G i j)) by ring.
  eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.
Lemma limiting_bias P G j : limiting_gradient p P G -> (j < J)%nat -> c G j = bias_gradient p P j.
Proof.
  intros [Hw H] Hj. apply close_equal. intros eta He.
  destruct (continuous_bias_gradient P j Hj eta He) as (e & He1 & Hc).
  destruct (H (Rmin e eta) ltac:(now apply Rmin_glb_lt)) as (Q & G' & HQ & HG & Hn).
  specialize (Hc Q (near_le _ _ _ _ (Rmin_l _ _) HQ)).
  apply (near_le _ _ _ _ (Rmin_r e eta)) in Hn. destruct Hn as (_ & _ & _ & Hn).
  specialize (Hn j Hj). rewrite (gradient_bias Q G' j HG) in Hn by auto.
  replace (c G j - _) with ((bias_gradient p Q j - bias_gradient p P j)
     + - (bias_gradient p Q j - c G j)) by ring.
  eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.

Theorem not_clarke_output P i j : (i < width P)%nat -> (j < J)%nat ->
  dual p P (w P i) j <> 0 -> ~ clarke_stationary p P.
Proof.
  intros Hi Hj Hne (n & mu & G & HG & H1 & _ & Hh & _). apply Hne.
  rewrite <- (Hh i j Hi Hj), (sum_ext n _ (fun l => mu l * dual p P (w P i) j)).
  - rewrite sum_scal_r, H1. ring.
  - intros l Hl. f_equal. apply limiting_output; auto. now apply HG.
Qed.
Theorem not_clarke_bias P j : (j < J)%nat -> bias_gradient p P j <> 0 -> ~ clarke_stationary p P.
Proof.
  intros Hj Hne (n & mu & G & HG & H1 & _ & _ & Hc). apply Hne.
  rewrite <- (Hc j Hj), (sum_ext n _ (fun l => mu l * bias_gradient p P j)).
  - rewrite sum_scal_r, H1. ring.
  - intros l Hl. f_equal. apply limiting_bias; auto. now apply HG.
Qed.

(** Some vector is orthogonal to no nonzero datum. *)
Lemma generic_vector n : exists r : vector, forall k, (k < n)%nat ->
  dot (x k) (x k) <> 0 -> dot r (x k) <> 0.
Proof.
  induction n as [|n [r Hr]]; [exists (fun _ => 0); intros; lia|].
  destruct (Req_dec (dot (x n) (x n)) 0) as [Hz|Hz].
  { exists r. intros k Hk Hne. destruct (Nat.eq_dec k n) as [->|]; [contradiction|]. apply Hr; auto; lia. }
  destruct (Req_dec (dot r (x n)) 0) as [H0|H0].
  2:{ exists r. intros k Hk Hne. destruct (Nat.eq_dec k n) as [->|]; auto. apply Hr; auto; lia. }
  assert (He : eventually (fun t => forall k, (k < n)%nat -> dot (x k) (x k) <> 0 ->
     dot r (x k) + t * dot (x n) (x k) <> 0)).
  { apply eventually_all. intros k Hk. destruct (Req_dec (dot (x k) (x k)) 0) as [|Hne].
    - exists 1. split; [lra|]. intros; contradiction.
    - specialize (Hr k Hk Hne). assert (Hp : 0 < Rabs (dot r (x k))) by (now apply Rabs_pos_lt).
      apply (eventually_impl _ _ (eventually_small (dot (x n) (x k)) _ Hp)).
      intros t _ Ht _ E. assert (t * dot (x n) (x k) = - dot r (x k)) by lra.
      rewrite H, Rabs_Ropp in Ht. lra. }
  destruct (eventually_some _ He) as (t & Ht & A).
  exists (fun a => r a + t * x n a). intros k Hk Hne. rewrite dot_plus, dot_scal.
  destruct (Nat.eq_dec k n) as [->|]; [|apply A; auto; lia].
  rewrite H0, Rplus_0_l. apply Rmult_integral_contrapositive_currified; auto. lra.
Qed.

Definition keeps_strict_signs (P Q : network) (i : nat) : Prop := forall k, (k < N)%nat ->
  (0 < dot (w P i) (x k) -> 0 < dot (w Q i) (x k)) /\ (dot (w P i) (x k) < 0 -> dot (w Q i) (x k) < 0).

Lemma lexicographic a b e : eventually (fun t =>
  (0 < a -> 0 < a + t * b + t ^ 2 * e) /\ (a < 0 -> a + t * b + t ^ 2 * e < 0)
  /\ (a = 0 -> 0 < b -> 0 < a + t * b + t ^ 2 * e) /\ (a = 0 -> b < 0 -> a + t * b + t ^ 2 * e < 0)
  /\ (e <> 0 -> a + t * b + t ^ 2 * e <> 0)).
Proof.
  destruct (Req_dec a 0) as [Ha|Ha].
  - destruct (Req_dec b 0) as [Hb|Hb].
    + exists 1. split; [lra|]. intros t Ht. subst. repeat split; intros; try lra.
      assert (t ^ 2 <> 0) by (apply pow_nonzero; lra). nra.
    + assert (Hp : 0 < Rabs b) by (now apply Rabs_pos_lt).
      apply (eventually_impl _ _ (eventually_small e _ Hp)). intros t Ht Hs.
      assert (E : a + t * b + t ^ 2 * e = t * (b + t * e)) by (subst; ring). rewrite E.
      revert Hs. unfold Rabs. destruct (Rcase_abs (t * e)), (Rcase_abs b); intros Hs;
      repeat split; intros; try lra; nra.
  - assert (Hp : 0 < Rabs a) by (now apply Rabs_pos_lt).
    apply (eventually_impl _ _ (polynomial_small b e 0 _ Hp)). intros t Ht Hs.
    replace (b * t + e * t ^ 2 + 0 * t ^ 3) with (t * b + t ^ 2 * e) in Hs by ring.
    apply Rabs_def2 in Hs. revert Hs. unfold Rabs. destruct (Rcase_abs a); intros Hs;
    repeat split; intros; lra.
Qed.

(** A nearby derivative along v uses the slopes of some open cell of neuron i at P. *)
Lemma nearby_cell P Q i v : keeps_strict_signs P Q i -> exists u, generic P i u /\
  forall k, (k < N)%nat -> drho (dot (w Q i) (x k)) (dot v (x k))
  = slope (dot (w P i) (x k)) (dot u (x k)) * dot v (x k).
Proof.
  intros Hs. destruct (generic_vector N) as [r Hr].
  assert (He : eventually (fun t => forall k, (k < N)%nat ->
    let a := dot (w Q i) (x k) in let b := dot v (x k) in let e := dot r (x k) in
    (0 < a -> 0 < a + t * b + t ^ 2 * e) /\ (a < 0 -> a + t * b + t ^ 2 * e < 0)
    /\ (a = 0 -> 0 < b -> 0 < a + t * b + t ^ 2 * e) /\ (a = 0 -> b < 0 -> a + t * b + t ^ 2 * e < 0)
    /\ (e <> 0 -> a + t * b + t ^ 2 * e <> 0)))
    by (apply eventually_all; intros k _; apply lexicographic).
  destruct (eventually_some _ He) as (t & Ht & A). clear He.
  set (u := fun a => w Q i a + t * v a + t ^ 2 * r a).
  assert (Hu : forall k, dot u (x k) = dot (w Q i) (x k) + t * dot v (x k) + t ^ 2 * dot r (x k)).
  { intros k. unfold u. rewrite (dot_plus p (fun a => w Q i a + t * v a)), dot_plus, !dot_scal. reflexivity. }
  exists u. split.
  - intros k Hk H0 Hne. rewrite Hu. apply (A k Hk). now apply Hr.
  - intros k Hk. rewrite Hu. specialize (A k Hk). cbv zeta in A. destruct A as (A1 & A2 & A3 & A4 & _).
    destruct (Hs k Hk) as [B1 B2].
    set (a := dot (w Q i) (x k)) in *. set (b := dot v (x k)) in *. set (e := dot r (x k)) in *.
    set (t0 := dot (w P i) (x k)) in *. unfold slope, Definitions.drho, Definitions.rho.
    destruct (Rlt_dec 0 t0).
    { specialize (B1 r0). destruct (Rlt_dec 0 a); [reflexivity | lra]. }
    destruct (Rlt_dec t0 0).
    { specialize (B2 r0). destruct (Rlt_dec 0 a); [lra|]. destruct (Rlt_dec a 0); [reflexivity | lra]. }
    destruct (Rlt_dec 0 a).
    { specialize (A1 r0). destruct (Rlt_dec 0 (a + t * b + t ^ 2 * e)); [reflexivity | lra]. }
    destruct (Rlt_dec a 0).
    { specialize (A2 r0). destruct (Rlt_dec 0 (a + t * b + t ^ 2 * e)); [lra | reflexivity]. }
    assert (Ha : a = 0) by lra. destruct (Rlt_dec 0 b).
    { specialize (A3 Ha r0). destruct (Rlt_dec 0 (a + t * b + t ^ 2 * e)); [reflexivity | lra]. }
    destruct (Rlt_dec b 0).
    { specialize (A4 Ha r0). destruct (Rlt_dec 0 (a + t * b + t ^ 2 * e)); [lra | reflexivity]. }
    assert (b = 0) as -> by lra. ring.
Qed.

Theorem not_clarke_separated P i v delta : (i < width P)%nat -> 0 < delta ->
  (forall u, generic P i u -> delta <= dot (cell_gradient P i u) v) -> ~ clarke_stationary p P.
Proof.
  intros Hi Hdelta Hsep (n & mu & G & HG & H1 & Hw & _).
  assert (Hlim : forall G0, limiting_gradient p P G0 -> delta / 2 <= dot (w G0 i) v).
  { intros G0 [HwG0 H].
    set (A := Rabs (slope_plus p) + Rabs (slope_minus p)).
    assert (HA : forall t s, Rabs (slope t s) <= A).
    { intros t s. unfold slope, A. pose proof (Rabs_pos (slope_plus p)). pose proof (Rabs_pos (slope_minus p)).
      destruct (Rlt_dec 0 t), (Rlt_dec t 0), (Rlt_dec 0 s); lra. }
    assert (HA0 : 0 <= A) by (unfold A; pose proof (Rabs_pos (slope_plus p)); pose proof (Rabs_pos (slope_minus p)); lra).
    set (B := Rabs (2 * scale p) * sum N (fun k => A * Rabs (dot v (x k)))).
    assert (HB : 0 <= B).
    { apply Rmult_le_pos; [apply Rabs_pos|]. apply sum_ge0. intros k _. apply Rmult_le_pos; auto. apply Rabs_pos. }
    set (eta := delta / (4 * (B + 1))).
    assert (Heta : 0 < eta) by (apply Rdiv_lt_0_compat; lra).
    assert (HetaB : eta * (4 * (B + 1)) = delta) by (unfold eta; field; lra).
    set (V := sum d (fun a => Rabs (v a))).
    assert (HV : 0 <= V) by (apply sum_ge0; intros; apply Rabs_pos).
    set (eps2 := delta / (4 * (V + 1))).
    assert (Heps2 : 0 < eps2) by (apply Rdiv_lt_0_compat; lra).
    assert (HepsV : eps2 * (4 * (V + 1)) = delta) by (unfold eps2; field; lra).
    destruct (finite_radius N (fun k e => forall Q, near p e P Q -> Rabs (pull Q i k - pull P i k) < eta))
      as (e1 & He1 & Hpull).
    { intros k e e' Hk He Q HQ. apply Hk. apply (near_le e'); auto; lra. }
    { intros k _. destruct (continuous_pull P i k Hi eta Heta) as (e & He & Hc). exists e; auto. }
    destruct (finite_radius N (fun k e => forall Q, near p e P Q ->
        (0 < dot (w P i) (x k) -> 0 < dot (w Q i) (x k)) /\ (dot (w P i) (x k) < 0 -> dot (w Q i) (x k) < 0)))
      as (e2 & He2 & Hsign).
    { intros k e e' Hk He Q HQ. apply Hk. apply (near_le e'); auto; lra. }
    { intros k _. destruct (Req_dec (dot (w P i) (x k)) 0) as [E|E].
      - exists 1. split; [lra|]. intros Q _. split; intros; lra.
      - assert (Hp : 0 < Rabs (dot (w P i) (x k))) by (now apply Rabs_pos_lt).
        destruct (continuous_preactivation P i k Hi _ Hp) as (e & He & Hc). exists e. split; auto.
        intros Q HQ. specialize (Hc Q HQ). revert Hc. unfold Rabs.
        destruct (Rcase_abs (_ - _)), (Rcase_abs (dot (w P i) (x k))); split; intros; lra. }
    destruct (H (Rmin eps2 (Rmin e1 e2)) ltac:(repeat apply Rmin_glb_lt; auto)) as (Q & G' & HQ & HG' & Hn).
    pose proof (Rmin_l eps2 (Rmin e1 e2)). pose proof (Rmin_r eps2 (Rmin e1 e2)).
    pose proof (Rmin_l e1 e2). pose proof (Rmin_r e1 e2).
    assert (HQ1 : near p e1 P Q) by (apply (near_le (Rmin eps2 (Rmin e1 e2))); auto; lra).
    assert (HQ2 : near p e2 P Q) by (apply (near_le (Rmin eps2 (Rmin e1 e2))); auto; lra).
    destruct (nearby_cell P Q i v (fun k Hk => Hsign k Hk Q HQ2)) as (u & Hu & Hslope).
    specialize (Hsep u Hu).
    assert (HiQ : (i < width Q)%nat) by (destruct HQ as [E _]; lia).
    pose proof (gradient_weight Q G' i v HG' HiQ) as EG. rewrite phi_pull in EG.
    unfold cell_gradient in Hsep. rewrite gradient_with_dot in Hsep.
    set (sg := fun k => slope (dot (w P i) (x k)) (dot u (x k))) in *.
    assert (E1 : dot (w G' i) v - 2 * scale p * sum N (fun k => pull P i k * (sg k * dot v (x k)))
      = 2 * scale p * sum N (fun k => (pull Q i k - pull P i k) * (sg k * dot v (x k)))).
    { rewrite EG, <- Rmult_minus_distr_l, <- sum_minus. f_equal. apply sum_ext. intros k Hk.
      rewrite Hslope by auto. unfold sg. ring. }
    assert (E2 : Rabs (2 * scale p * sum N (fun k => (pull Q i k - pull P i k) * (sg k * dot v (x k))))
      <= eta * B).
    { rewrite Rabs_mult. unfold B. rewrite <- Rmult_assoc, (Rmult_comm eta), Rmult_assoc.
      apply Rmult_le_compat_l; [apply Rabs_pos|]. eapply Rle_trans; [apply sum_abs|].
      rewrite <- sum_scal. apply sum_le. intros k Hk. rewrite !Rabs_mult.
      apply Rmult_le_compat; [apply Rabs_pos | apply Rmult_le_pos; apply Rabs_pos | |].
      - left. now apply Hpull.
      - apply Rmult_le_compat_r; [apply Rabs_pos | apply HA]. }
    assert (E3 : Rabs (dot (w G' i) v - dot (w G0 i) v) <= eps2 * V).
    { rewrite <- dot_minus. apply dot_bound. intros a Ha. left.
      destruct Hn as (_ & Hn & _). eapply Rlt_le_trans; [apply Hn; auto; lia | lra]. }
    rewrite <- E1 in E2.
    assert (F1 := Rle_abs (dot (w G' i) v - dot (w G0 i) v)).
    assert (F2 := Rle_abs (- (dot (w G' i) v - 2 * scale p * sum N (fun k => pull P i k * (sg k * dot v (x k)))))).
    rewrite Rabs_Ropp in F2.
    assert (eta * B <= delta / 4) by lra. assert (eps2 * V <= delta / 4) by lra.
    assert (F3 : delta <= 2 * scale p * sum N (fun k => pull P i k * (sg k * dot v (x k)))) by exact Hsep.
    clear - E2 E3 F1 F2 F3 H5 H6. lra. }
  assert (E : sum n (fun l => mu l * dot (w (G l) i) v) = 0).
  { unfold Definitions.dot. rewrite (sum_ext n _ (fun l => sum d (fun a => (mu l * w (G l) i a) * v a)))
      by (intros; rewrite <- sum_scal; apply sum_ext; intros; ring).
    rewrite sum_swap. apply sum_zero. intros a Ha. rewrite sum_scal_r, (Hw i a Hi Ha). ring. }
  assert (F : sum n (fun l => mu l * (delta / 2)) <= sum n (fun l => mu l * dot (w (G l) i) v)).
  { apply sum_le. intros l Hl. destruct (HG l Hl) as [A B]. apply Rmult_le_compat_l; auto. }
  rewrite sum_scal_r, H1 in F. lra.
Qed.
End Clarke.
