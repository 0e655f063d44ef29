(** Local minima by blocks and second order: what holds near a point up to multiples of the first
    order.

    The loss near P is a sum of terms, one for each block of neurons that touch common data.  The
    cost of neuron i is phi_i(v_i), nonnegative.  A quantity is [small] for neuron i if it is at most
    a multiple of this cost; up to small quantities the neuron is linear in v_i on a cell. *)
From Coq Require Import Reals Lra Lia Psatz List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum.
Import ListNotations.
Local Open Scope R_scope.

Lemma sum_term n f k : (k < n)%nat -> (forall l, (l < n)%nat -> 0 <= f l) -> f k <= sum n f.
Proof.
  induction n as [|n IH]; intros Hk H; [lia|]. simpl.
  assert (0 <= sum n f) by (apply sum_ge0; auto). assert (0 <= f n) by auto.
  destruct (Nat.eq_dec k n) as [->|]; [lra|]. assert (f k <= sum n f) by (apply IH; auto; lia). lra.
Qed.

Section SecondOrder.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Variable P : network.
Hypothesis Hbalanced : balanced p P.
Notation dot := (dot p). Notation rho := (rho p). Notation drho := (drho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p). Notation psi := (psi p). Notation phi := (phi p).
Notation m := (width P).

Definition moved (Q : network) (i : nat) : vector := fun a => w Q i a - w P i a.
Definition raised (Q : network) (i j : nat) : R := h Q i j - h P i j.
Definition cost (Q : network) (i : nat) : R := phi P i (moved Q i).
Definition first_order (Q : network) (i : nat) : R := inner (h Q i) (psi P i (moved Q i)).
(** The change of neuron i at datum k, before and after the output weights. *)
Definition step (Q : network) (i k : nat) : R :=
  drho (dot (w P i) (x k)) (dot (moved Q i) (x k)).
Definition changed (Q : network) (i k j : nat) : R :=
  h Q i j * (rho (dot (w P i) (x k)) + step Q i k) - h P i j * rho (dot (w P i) (x k)).
Definition shifted (Q : network) (j : nat) : R :=
  if has_output_bias p then c Q j - c P j else 0.
Definition delta (Q : network) (k j : nat) : R :=
  sum m (fun i => changed Q i k j) + shifted Q j.

Lemma loss_change Q : keeps_signs p P Q -> loss Q - loss P =
  sum m (first_order Q) + scale p * sum N (fun k => sum J (fun j => delta Q k j ^ 2)).
Proof.
  intros [Hw Hk]. rewrite (global_identity p P Q Hbalanced), Hw. f_equal.
  - apply sum_ext. intros i Hi. apply inner_ext_r. intros j Hj.
    rewrite (dual_step p P (w Q i) i) by auto. destruct Hbalanced as [Hd _].
    rewrite Hd by auto. unfold moved. ring.
  - f_equal. apply sum_ext. intros k Hk'. apply sum_ext. intros j _. f_equal.
    unfold Definitions.prediction, delta, shifted. rewrite Hw.
    rewrite (sum_ext m (fun i => h Q i j * _) (fun i => changed Q i k j
      + h P i j * rho (dot (w P i) (x k)))).
    + rewrite sum_plus. destruct (has_output_bias p); ring.
    + intros i Hi. unfold changed, step, moved. rewrite (rho_step p _ _ (Hk i k Hi Hk')), dot_minus.
      ring.
Qed.

(** ** Blocks *)
Definition in_block (block : nat -> nat) (b i : nat) (r : R) : R :=
  if Nat.eqb (block i) b then r else 0.
Definition block_change (nb db : nat -> nat) (Q : network) (b : nat) : R :=
  sum m (fun i => in_block nb b i (first_order Q i))
  + scale p * sum N (fun k => in_block db b k (sum J (fun j => delta Q k j ^ 2))).

Lemma in_block_same block b i r : block i = b -> in_block block b i r = r.
Proof. intros <-. unfold in_block. now rewrite Nat.eqb_refl. Qed.
Lemma in_block_other block b i r : block i <> b -> in_block block b i r = 0.
Proof. intros H. unfold in_block. apply Nat.eqb_neq in H. now rewrite H. Qed.

Lemma sum_blocks count block n f : (forall i, (i < n)%nat -> (block i < count)%nat) ->
  sum count (fun b => sum n (fun i => in_block block b i (f i))) = sum n f.
Proof.
  intros H. rewrite sum_swap. apply sum_ext. intros i Hi.
  rewrite (sum_single count _ (block i) (H i Hi)).
  - unfold in_block. now rewrite Nat.eqb_refl.
  - intros b _ Hne. unfold in_block. destruct (Nat.eqb_spec (block i) b); congruence.
Qed.
Lemma sum_blocks_le count block n f : (forall i, (i < n)%nat -> 0 <= f i) ->
  sum count (fun b => sum n (fun i => in_block block b i (f i))) <= sum n f.
Proof.
  intros H. rewrite sum_swap. apply sum_le. intros i Hi.
  destruct (Nat.lt_ge_cases (block i) count) as [Hb|Hb].
  - rewrite (sum_single count _ (block i) Hb).
    + unfold in_block. rewrite Nat.eqb_refl. lra.
    + intros b _ Hne. unfold in_block. destruct (Nat.eqb_spec (block i) b); congruence.
  - rewrite sum_zero; auto. intros b Hlt. unfold in_block.
    destruct (Nat.eqb_spec (block i) b); auto. lia.
Qed.

Theorem blocks_minimum count nb db : (forall i, (i < m)%nat -> (nb i < count)%nat) ->
  forall Q, keeps_signs p P Q -> (forall b, (b < count)%nat -> 0 <= block_change nb db Q b) ->
  loss P <= loss Q.
Proof.
  intros Hn Q HQ H. pose proof (loss_change Q HQ) as E.
  pose proof (sum_blocks count nb m (first_order Q) Hn) as F.
  pose proof (sum_blocks_le count db N (fun k => sum J (fun j => delta Q k j ^ 2))) as G.
  assert (A : 0 <= sum count (block_change nb db Q)) by (apply sum_ge0; auto).
  unfold block_change in A. rewrite sum_plus, sum_scal, F in A.
  assert (B : scale p * sum count (fun b => sum N (fun k => in_block db b k
      (sum J (fun j => delta Q k j ^ 2)))) <= scale p * sum N (fun k => sum J (fun j => delta Q k j ^ 2))).
  { apply Rmult_le_compat_l; [lra|]. apply G. intros. apply sum_ge0. intros. apply pow2_ge_0. }
  lra.
Qed.

(** ** Small quantities *)
(** Z is a set of networks: those on a product of cells. *)
Section Small.
Variables (Z : network -> Prop) (i : nat).

Definition small (f : network -> R) : Prop :=
  exists C, 0 <= C /\ forall Q, Z Q -> Rabs (f Q) <= C * cost Q i.
Definition at_least (f : network -> R) : Prop :=
  exists C, 0 <= C /\ forall Q, Z Q -> - (C * cost Q i) <= f Q.

Lemma small_ext f g : (forall Q, Z Q -> f Q = g Q) -> small f -> small g.
Proof. intros H [C [HC Hf]]. exists C. split; auto. intros Q HQ. rewrite <- H; auto. Qed.
Lemma small_0 : (forall Q, Z Q -> 0 <= cost Q i) -> small (fun _ => 0).
Proof. intros H. exists 0. split; [lra|]. intros Q HQ. rewrite Rabs_R0. lra. Qed.
Lemma small_plus f g : small f -> small g -> small (fun Q => f Q + g Q).
Proof.
  intros [C [HC Hf]] [C' [HC' Hg]]. exists (C + C'). split; [lra|]. intros Q HQ.
  eapply Rle_trans; [apply Rabs_triang|]. specialize (Hf Q HQ). specialize (Hg Q HQ). lra.
Qed.
Lemma small_scal s f : small f -> small (fun Q => s * f Q).
Proof.
  intros [C [HC Hf]]. exists (Rabs s * C). pose proof (Rabs_pos s).
  split; [now apply Rmult_le_pos|]. intros Q HQ. rewrite Rabs_mult, Rmult_assoc.
  apply Rmult_le_compat_l; auto.
Qed.
Lemma small_unscal s f : s <> 0 -> small (fun Q => s * f Q) -> small f.
Proof.
  intros Hs H. apply (small_ext (fun Q => / s * (s * f Q))); [intros; now field|].
  now apply small_scal.
Qed.
Lemma small_minus f g : small f -> small g -> small (fun Q => f Q - g Q).
Proof.
  intros Hf Hg. apply (small_ext (fun Q => f Q + (-1) * g Q)); [intros; ring|].
  apply small_plus; auto. now apply small_scal.
Qed.
Hypothesis Hcost : forall Q, Z Q -> 0 <= cost Q i.
Lemma small_sum n f : (forall k, (k < n)%nat -> small (f k)) -> small (fun Q => sum n (fun k => f k Q)).
Proof.
  induction n as [|n IH]; intros H; simpl; [now apply small_0|].
  apply small_plus; [apply IH; intros|]; apply H; lia.
Qed.
Lemma small_at_least f : small f -> at_least f.
Proof.
  intros [C [HC Hf]]. exists C. split; auto. intros Q HQ. specialize (Hf Q HQ).
  revert Hf. unfold Rabs. destruct (Rcase_abs (f Q)); lra.
Qed.
Lemma small_between f : at_least f -> at_least (fun Q => - f Q) -> small f.
Proof.
  intros [C [HC Hf]] [C' [HC' Hg]]. exists (C + C'). split; [lra|]. intros Q HQ.
  specialize (Hf Q HQ). specialize (Hg Q HQ). specialize (Hcost Q HQ).
  unfold Rabs. destruct (Rcase_abs (f Q)); nra.
Qed.
Lemma at_least_plus f g : at_least f -> at_least g -> at_least (fun Q => f Q + g Q).
Proof.
  intros [C [HC Hf]] [C' [HC' Hg]]. exists (C + C'). split; [lra|]. intros Q HQ.
  specialize (Hf Q HQ). specialize (Hg Q HQ). lra.
Qed.
Lemma at_least_scal s f : 0 <= s -> at_least f -> at_least (fun Q => s * f Q).
Proof.
  intros Hs [C [HC Hf]]. exists (s * C). split; [now apply Rmult_le_pos|]. intros Q HQ.
  specialize (Hf Q HQ). nra.
Qed.
Lemma at_least_ext f g : (forall Q, Z Q -> f Q = g Q) -> at_least f -> at_least g.
Proof. intros H [C [HC Hf]]. exists C. split; auto. intros Q HQ. rewrite <- H; auto. Qed.

(** ** The neuron on a cell *)
(** s is the slope of neuron i at datum k, up to small quantities. *)
Definition has_slope (k : nat) (s : R) : Prop :=
  small (fun Q => step Q i k - s * dot (moved Q i) (x k)).

Lemma slope_off_kink k : dot (w P i) (x k) <> 0 ->
  has_slope k (if Rlt_dec 0 (dot (w P i) (x k)) then slope_plus p else slope_minus p).
Proof.
  intros Ht. apply (small_ext (fun _ => 0)); [|now apply small_0]. intros Q _. unfold step, Definitions.drho.
  destruct (Rlt_dec 0 (dot (w P i) (x k))); [ring|].
  destruct (Rlt_dec (dot (w P i) (x k)) 0); [ring | lra].
Qed.
Lemma slope_plus_side k : dot (w P i) (x k) = 0 ->
  at_least (fun Q => dot (moved Q i) (x k)) -> has_slope k (slope_plus p).
Proof.
  intros Ht [C [HC H]]. exists (Rabs (slope_minus p - slope_plus p) * C).
  pose proof (Rabs_pos (slope_minus p - slope_plus p)).
  split; [now apply Rmult_le_pos|]. intros Q HQ. specialize (H Q HQ). specialize (Hcost Q HQ).
  unfold step, Definitions.drho, Definitions.rho. rewrite Ht.
  destruct (Rlt_dec 0 0); [lra|].
  set (t := dot (moved Q i) (x k)) in *. assert (0 <= C * cost Q i) by (now apply Rmult_le_pos).
  destruct (Rlt_dec 0 t).
  - replace (_ - _) with 0 by ring. rewrite Rabs_R0, Rmult_assoc. now apply Rmult_le_pos.
  - replace (slope_minus p * t - slope_plus p * t) with ((slope_minus p - slope_plus p) * t) by ring.
    rewrite Rabs_mult, Rmult_assoc. apply Rmult_le_compat_l; auto.
    rewrite Rabs_left1 by lra. lra.
Qed.
Lemma slope_minus_side k : dot (w P i) (x k) = 0 ->
  at_least (fun Q => - dot (moved Q i) (x k)) -> has_slope k (slope_minus p).
Proof.
  intros Ht [C [HC H]]. exists (Rabs (slope_plus p - slope_minus p) * C).
  pose proof (Rabs_pos (slope_plus p - slope_minus p)).
  split; [now apply Rmult_le_pos|]. intros Q HQ. specialize (H Q HQ). specialize (Hcost Q HQ).
  unfold step, Definitions.drho, Definitions.rho. rewrite Ht.
  destruct (Rlt_dec 0 0); [lra|].
  set (t := dot (moved Q i) (x k)) in *. assert (0 <= C * cost Q i) by (now apply Rmult_le_pos).
  destruct (Rlt_dec 0 t).
  - replace (slope_plus p * t - slope_minus p * t) with ((slope_plus p - slope_minus p) * t) by ring.
    rewrite Rabs_mult, Rmult_assoc. apply Rmult_le_compat_l; auto.
    rewrite Rabs_right by lra. lra.
  - replace (_ - _) with 0 by ring. rewrite Rabs_R0, Rmult_assoc. now apply Rmult_le_pos.
Qed.
Lemma slope_linear k s : slope_plus p = s -> slope_minus p = s -> has_slope k s.
Proof.
  intros H1 H2. apply (small_ext (fun _ => 0)); [|now apply small_0]. intros Q _.
  unfold step, Definitions.drho, Definitions.rho. rewrite H1, H2.
  repeat destruct (Rlt_dec _ _); ring.
Qed.
Lemma slope_held k s : dot (w P i) (x k) = 0 -> small (fun Q => dot (moved Q i) (x k)) ->
  has_slope k s.
Proof.
  intros Ht H. apply small_minus; [|now apply small_scal].
  apply (small_ext (fun Q => (slope_plus p + slope_minus p) / 2 * dot (moved Q i) (x k)
    + (slope_plus p - slope_minus p) / 2 * Rabs (dot (moved Q i) (x k)))).
  - intros Q _. unfold step, Definitions.drho. rewrite Ht. destruct (Rlt_dec 0 0); [lra|].
    symmetry. apply rho_abs.
  - apply small_plus; apply small_scal; auto. destruct H as [C [HC H]]. exists C. split; auto.
    intros Q HQ. rewrite Rabs_Rabsolu. auto.
Qed.

Lemma psi_linear s : (forall k, (k < N)%nat -> has_slope k (s k)) -> forall j,
  small (fun Q => psi P i (moved Q i) j
    - 2 * scale p * sum N (fun k => residual P k j * (s k * dot (moved Q i) (x k)))).
Proof.
  intros H j. apply (small_ext (fun Q => 2 * scale p * sum N (fun k =>
    residual P k j * (step Q i k - s k * dot (moved Q i) (x k))))).
  - intros Q _. unfold Definitions.psi, step. rewrite <- Rmult_minus_distr_l, <- sum_minus. f_equal.
    apply sum_ext. intros; ring.
  - apply small_scal. apply small_sum. intros k Hk. apply small_scal. now apply H.
Qed.
End Small.

(** ** Bounds near P *)
Lemma near_raised eps Q i j : near p eps P Q -> (i < m)%nat -> (j < J)%nat ->
  Rabs (raised Q i j) <= eps.
Proof. intros (_ & _ & H & _) Hi Hj. left. now apply H. Qed.
Lemma near_moved eps Q i z : near p eps P Q -> (i < m)%nat ->
  Rabs (dot (moved Q i) z) <= eps * sum d (fun a => Rabs (z a)).
Proof. intros (_ & H & _) Hi. apply dot_bound. intros a Ha. left. now apply H. Qed.
Lemma near_smaller eps eps' Q : eps <= eps' -> near p eps P Q -> near p eps' P Q.
Proof.
  intros He (A & B & C & D). split; [exact A|]. split; [|split]; intros;
    (eapply Rlt_le_trans; [|exact He]); auto.
Qed.
Lemma step_bound Q i k : Rabs (step Q i k) <=
  (Rabs (slope_plus p) + Rabs (slope_minus p)) * Rabs (dot (moved Q i) (x k)).
Proof.
  set (t := dot (moved Q i) (x k)).
  assert (H : exists s, step Q i k = s * t /\ (s = slope_plus p \/ s = slope_minus p)).
  { unfold step, Definitions.drho, Definitions.rho. fold t.
    repeat destruct (Rlt_dec _ _); eexists; split; try reflexivity; auto. }
  destruct H as (s & -> & Hs). rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|].
  pose proof (Rabs_pos (slope_plus p)). pose proof (Rabs_pos (slope_minus p)).
  destruct Hs as [->| ->]; lra.
Qed.
(** A sum of steps is at most a multiple of eps. *)
Lemma steps_bound n (y : nat -> R) (i : nat) : (i < m)%nat -> exists C, 0 <= C /\
  forall eps Q, 0 < eps -> near p eps P Q -> Rabs (sum n (fun k => y k * step Q i k)) <= C * eps.
Proof.
  intros Hi. exists (sum n (fun k => Rabs (y k) * ((Rabs (slope_plus p) + Rabs (slope_minus p))
    * sum d (fun a => Rabs (x k a))))).
  assert (Hd : forall k, 0 <= sum d (fun a => Rabs (x k a)))
    by (intros; apply sum_ge0; intros; apply Rabs_pos).
  pose proof (Rabs_pos (slope_plus p)). pose proof (Rabs_pos (slope_minus p)).
  split.
  - apply sum_ge0. intros k _. apply Rmult_le_pos; [apply Rabs_pos|]. apply Rmult_le_pos; auto; lra.
  - intros eps Q He HQ. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal_r.
    apply sum_le. intros k _. rewrite Rabs_mult, Rmult_assoc.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. eapply Rle_trans; [apply step_bound|].
    rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|].
    rewrite Rmult_comm. now apply near_moved.
Qed.
Lemma cost_bound i : (i < m)%nat -> exists C, 0 <= C /\
  forall eps Q, 0 < eps -> near p eps P Q -> Rabs (cost Q i) <= C * eps.
Proof.
  intros Hi.
  assert (E : forall Q, cost Q i = sum N (fun k => (2 * scale p * sum J (fun j =>
    h P i j * residual P k j)) * step Q i k)).
  { intros Q. unfold cost, Definitions.phi, Definitions.inner, Definitions.psi.
    rewrite (sum_ext N _ (fun k => sum J (fun j => 2 * scale p * h P i j * residual P k j * step Q i k))).
    - rewrite sum_swap. apply sum_ext. intros j _. rewrite <- !sum_scal. apply sum_ext. intros k _.
      unfold step. ring.
    - intros k _. rewrite <- sum_scal, <- sum_scal_r. apply sum_ext. intros; ring. }
  destruct (steps_bound N (fun k => 2 * scale p * sum J (fun j => h P i j * residual P k j)) i Hi)
    as (C & HC & H).
  exists C. split; auto. intros eps Q He HQ. rewrite E. eauto.
Qed.

(** ** What a neuron does to weighted sums of the changes *)
(** y l k are the weights: the features of the changes delta are f_lj = sum_k y_lk delta_kj. *)
Section Features.
Variables (Z : network -> Prop) (L : nat) (y : nat -> nat -> R).
Definition activity (i l : nat) : R := sum N (fun k => y l k * rho (dot (w P i) (x k))).
Definition steps (Q : network) (i l : nat) : R := sum N (fun k => y l k * step Q i k).
Definition part (Q : network) (i l j : nat) : R := sum N (fun k => y l k * changed Q i k j).

Lemma part_formula Q i l j :
  part Q i l j = h Q i j * (activity i l + steps Q i l) - h P i j * activity i l.
Proof.
  unfold part, activity, steps. rewrite <- sum_plus, <- !sum_scal, <- sum_minus.
  apply sum_ext. intros k _. unfold changed. ring.
Qed.

(** Near P the first order of neuron i is at least its cost and G, and its part of the features is
    lambda, up to small quantities and to o(zeta). *)
Definition role (i : nat) (G : network -> R) (lambda : nat -> nat -> network -> R)
    (zeta : network -> R) : Prop :=
  exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> Z Q -> near p eps P Q ->
    cost Q i * (1 - C * eps) + G Q <= first_order Q i
    /\ forall l j, (l < L)%nat -> (j < J)%nat ->
       Rabs (part Q i l j - lambda l j Q) <= C * (eps * zeta Q + cost Q i).

Lemma small_family i n (f : nat -> network -> R) : (forall k, (k < n)%nat -> small Z i (f k)) ->
  exists C, 0 <= C /\ forall k Q, (k < n)%nat -> Z Q -> 0 <= cost Q i -> Rabs (f k Q) <= C * cost Q i.
Proof.
  induction n as [|n IH]; intros H.
  - exists 0. split; [lra|]. intros; lia.
  - destruct IH as (C & HC & A); [intros; apply H; lia|]. destruct (H n ltac:(lia)) as (C' & HC' & B).
    exists (C + C'). split; [lra|]. intros k Q Hk HQ Hc.
    assert (0 <= C * cost Q i) by (now apply Rmult_le_pos).
    assert (0 <= C' * cost Q i) by (now apply Rmult_le_pos).
    destruct (Nat.eq_dec k n) as [->|].
    + specialize (B Q HQ). lra.
    + specialize (A k Q ltac:(lia) HQ Hc). lra.
Qed.

(** The bilinear model of a neuron: psi_ij is E_j, and the weighted steps are A_l. *)
Lemma bilinear_role i (E A : nat -> network -> R) : (i < m)%nat ->
  (forall Q, Z Q -> 0 <= cost Q i) ->
  (forall j, (j < J)%nat -> small Z i (fun Q => psi P i (moved Q i) j - E j Q)) ->
  (forall l, (l < L)%nat -> small Z i (fun Q => steps Q i l - A l Q)) ->
  role i (fun Q => sum J (fun j => raised Q i j * E j Q))
    (fun l j Q => h Q i j * (activity i l + A l Q) - h P i j * activity i l) (fun _ => 0).
Proof.
  intros Hi Hcost HE HA.
  destruct (small_family i J _ HE) as (C1 & HC1 & H1).
  destruct (small_family i L _ HA) as (C2 & HC2 & H2).
  set (B := sum J (fun j => Rabs (h P i j)) + 1).
  assert (HB : forall j, (j < J)%nat -> Rabs (h P i j) + 1 <= B).
  { intros j Hj. unfold B.
    pose proof (sum_term J (fun j => Rabs (h P i j)) j Hj (fun _ _ => Rabs_pos _)). simpl in H. lra. }
  assert (HB0 : 0 <= B).
  { unfold B. assert (0 <= sum J (fun j => Rabs (h P i j))) by (apply sum_ge0; intros; apply Rabs_pos). lra. }
  pose proof (pos_INR J) as HJ.
  exists (INR J * C1 + B * C2). split; [apply Rplus_le_le_0_compat; now apply Rmult_le_pos|].
  intros eps Q [He He1] HQ Hn. specialize (Hcost Q HQ). split.
  - assert (Ef : first_order Q i = cost Q i + sum J (fun j => raised Q i j * E j Q)
      + sum J (fun j => raised Q i j * (psi P i (moved Q i) j - E j Q))).
    { unfold first_order, cost, Definitions.phi, Definitions.inner. rewrite <- !sum_plus.
      apply sum_ext. intros j _. unfold raised. ring. }
    assert (Rabs (sum J (fun j => raised Q i j * (psi P i (moved Q i) j - E j Q)))
            <= INR J * (eps * (C1 * cost Q i))).
    { eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_const. apply sum_le. intros j Hj.
      rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos.
      - now apply near_raised.
      - now apply H1. }
    assert (0 <= B * C2 * eps * cost Q i) by (repeat apply Rmult_le_pos; lra).
    rewrite Ef. revert H. unfold Rabs. destruct (Rcase_abs _); intros; nra.
  - intros l j Hl Hj. rewrite part_formula.
    replace (_ - _) with (h Q i j * (steps Q i l - A l Q)) by ring.
    rewrite Rabs_mult, Rmult_0_r, Rplus_0_l.
    assert (Rabs (h Q i j) <= B).
    { replace (h Q i j) with (raised Q i j + h P i j) by (unfold raised; ring).
      eapply Rle_trans; [apply Rabs_triang|]. pose proof (near_raised eps Q i j Hn Hi Hj).
      specialize (HB j Hj). lra. }
    assert (0 <= INR J * C1 * cost Q i) by (repeat apply Rmult_le_pos; lra).
    assert (Rabs (h Q i j) * Rabs (steps Q i l - A l Q) <= B * (C2 * cost Q i)).
    { apply Rmult_le_compat; try apply Rabs_pos; auto. }
    lra.
Qed.

(** A neuron whose moves cost as much as they gain. *)
Lemma relaxed_role i : (i < m)%nat -> (forall Q, Z Q -> 0 <= cost Q i) ->
  (forall j, (j < J)%nat -> small Z i (fun Q => psi P i (moved Q i) j)) ->
  (forall l, (l < L)%nat -> small Z i (fun Q => steps Q i l)) ->
  (forall l, (l < L)%nat -> activity i l = 0) ->
  role i (fun _ => 0) (fun _ _ _ => 0) (fun _ => 0).
Proof.
  intros Hi Hcost Hpsi Hs Ha.
  destruct (bilinear_role i (fun _ _ => 0) (fun _ _ => 0) Hi Hcost) as (C & HC & H).
  { intros j Hj. apply (small_ext Z i (fun Q => psi P i (moved Q i) j)); auto. intros; ring. }
  { intros l Hl. apply (small_ext Z i (fun Q => steps Q i l)); auto. intros; ring. }
  exists C. split; auto. intros eps Q He HQ Hn. destruct (H eps Q He HQ Hn) as [A B].
  rewrite sum_zero in A by (intros; ring). split; auto. intros l j Hl Hj.
  specialize (B l j Hl Hj). rewrite Ha in B by auto.
  replace (part Q i l j - 0) with (part Q i l j - (h Q i j * (0 + 0) - h P i j * 0)) by ring. exact B.
Qed.

Lemma role_linear i G lambda lambda' zeta : role i G lambda (fun _ => 0) ->
  (exists C, 0 <= C /\ forall eps Q l j, 0 < eps <= 1 -> Z Q -> near p eps P Q -> (l < L)%nat ->
     (j < J)%nat -> Rabs (lambda l j Q - lambda' l j Q) <= C * (eps * zeta Q)) ->
  (forall Q, 0 <= zeta Q) -> (forall Q, Z Q -> 0 <= cost Q i) -> role i G lambda' zeta.
Proof.
  intros (C & HC & H) (C' & HC' & H') Hz Hcost. exists (C + C'). split; [lra|].
  intros eps Q He HQ Hn. destruct (H eps Q He HQ Hn) as [A B]. specialize (Hcost Q HQ).
  specialize (Hz Q). assert (0 <= eps * zeta Q) by (apply Rmult_le_pos; lra). split.
  - assert (0 <= C' * eps * cost Q i) by (repeat apply Rmult_le_pos; lra). lra.
  - intros l j Hl Hj. specialize (B l j Hl Hj). specialize (H' eps Q l j He HQ Hn Hl Hj).
    replace (part Q i l j - lambda' l j Q)
      with ((part Q i l j - lambda l j Q) + (lambda l j Q - lambda' l j Q)) by ring.
    eapply Rle_trans; [apply Rabs_triang|].
    assert (0 <= C * (eps * zeta Q)) by (now apply Rmult_le_pos).
    assert (0 <= C' * cost Q i) by (now apply Rmult_le_pos). lra.
Qed.

(** ** The block on the cell *)
Variables (nb db : nat -> nat) (b : nat) (omega : nat -> R).
Hypothesis omega_pos : forall l, (l < L)%nat -> 0 <= omega l.
Hypothesis bessel : forall u : nat -> R,
  sum L (fun l => omega l * sum N (fun k => y l k * u k) ^ 2)
  <= sum N (fun k => in_block db b k (u k ^ 2)).
Hypothesis no_bias : has_output_bias p = true -> forall l, (l < L)%nat -> sum N (y l) = 0.
Hypothesis outside : forall Q i l j, (i < m)%nat -> nb i <> b -> (l < L)%nat -> part Q i l j = 0.

Definition feature (Q : network) (l j : nat) : R := sum N (fun k => y l k * delta Q k j).
Lemma feature_parts Q l j : (l < L)%nat ->
  feature Q l j = sum m (fun i => in_block nb b i (part Q i l j)).
Proof.
  intros Hl. unfold feature, delta.
  rewrite (sum_ext N _ (fun k => sum m (fun i => y l k * changed Q i k j) + shifted Q j * y l k)).
  2:{ intros k _. rewrite sum_scal. ring. }
  rewrite sum_plus, sum_scal, sum_swap.
  assert (E : shifted Q j * sum N (y l) = 0).
  { unfold shifted. destruct (has_output_bias p) eqn:E; [|ring]. rewrite (no_bias eq_refl l Hl). ring. }
  change (fun k => y l k) with (y l). rewrite E, Rplus_0_r. apply sum_ext. intros i Hi.
  change (part Q i l j = in_block nb b i (part Q i l j)).
  unfold in_block. destruct (Nat.eqb_spec (nb i) b); auto.
Qed.

Lemma block_features Q : sum m (fun i => in_block nb b i (first_order Q i))
  + scale p * sum L (fun l => omega l * sum J (fun j => feature Q l j ^ 2)) <= block_change nb db Q b.
Proof.
  unfold block_change. apply Rplus_le_compat_l. apply Rmult_le_compat_l; [lra|].
  apply Rle_trans with (sum J (fun j => sum N (fun k => in_block db b k (delta Q k j ^ 2)))).
  - rewrite (sum_ext L _ (fun l => sum J (fun j => omega l * feature Q l j ^ 2)))
      by (intros; now rewrite sum_scal).
    rewrite sum_swap. apply sum_le. intros j _. apply (bessel (fun k => delta Q k j)).
  - rewrite sum_swap. apply sum_le. intros k _. unfold in_block.
    destruct (Nat.eqb _ _); [lra|]. rewrite sum_0. lra.
Qed.

Lemma roles_together (G : nat -> network -> R) (lambda : nat -> nat -> nat -> network -> R)
    (zeta : nat -> network -> R) :
  (forall i Q, (i < m)%nat -> nb i = b -> Z Q -> 0 <= cost Q i) ->
  (forall i Q, 0 <= zeta i Q) ->
  (forall i, (i < m)%nat -> nb i = b -> role i (G i) (lambda i) (zeta i)) ->
  exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> Z Q -> near p eps P Q ->
    let total f := sum m (fun i => in_block nb b i (f i)) in
    0 <= total (cost Q) <= C * eps
    /\ total (cost Q) * (1 - C * eps) + total (fun i => G i Q) <= total (first_order Q)
    /\ forall l j, (l < L)%nat -> (j < J)%nat ->
       Rabs (feature Q l j - total (fun i => lambda i l j Q))
       <= C * (eps * total (fun i => zeta i Q) + total (cost Q)).
Proof.
  intros Hcost Hz Hr.
  assert (H : forall n, (n <= m)%nat -> exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> Z Q ->
    near p eps P Q -> let total f := sum n (fun i => in_block nb b i (f i)) in
    0 <= total (cost Q) <= C * eps
    /\ total (cost Q) * (1 - C * eps) + total (fun i => G i Q) <= total (first_order Q)
    /\ 0 <= total (fun i => zeta i Q)
    /\ forall l j, (l < L)%nat -> (j < J)%nat ->
       Rabs (total (fun i => part Q i l j) - total (fun i => lambda i l j Q))
       <= C * (eps * total (fun i => zeta i Q) + total (cost Q))).
  { induction n as [|n IH]; intros Hn.
    - exists 0. split; [lra|]. intros eps Q He HQ Hq. cbv beta zeta. simpl.
      split; [lra|]. split; [lra|]. split; [lra|]. intros l j _ _.
      rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
    - destruct IH as (C & HC & A); [lia|]. cbv beta zeta in A. cbv beta zeta. simpl sum.
      destruct (Nat.eq_dec (nb n) b) as [E|E].
      + destruct (Hr n ltac:(lia) E) as (C' & HC' & B).
        destruct (cost_bound n ltac:(lia)) as (C2 & HC2 & D).
        exists (C + C' + C2). split; [lra|]. intros eps Q He HQ Hq.
        destruct (A eps Q He HQ Hq) as (A1 & A2 & A3 & A4).
        destruct (B eps Q He HQ Hq) as (B1 & B2).
        pose proof (D eps Q ltac:(lra) Hq) as D1. pose proof (Hcost n Q ltac:(lia) E HQ) as D2.
        pose proof (Hz n Q) as D3.
        rewrite !(in_block_same nb b n) by exact E.
        set (S0 := sum n (fun i => in_block nb b i (cost Q i))) in *.
        assert (0 <= C * eps) by (apply Rmult_le_pos; lra).
        assert (0 <= C' * eps) by (apply Rmult_le_pos; lra).
        assert (0 <= C2 * eps) by (apply Rmult_le_pos; lra).
        rewrite Rabs_right in D1 by lra.
        split; [lra|]. split.
        { assert (0 <= S0 * (C' * eps)) by (apply Rmult_le_pos; lra).
          assert (0 <= S0 * (C2 * eps)) by (apply Rmult_le_pos; lra).
          assert (0 <= cost Q n * (C * eps)) by (apply Rmult_le_pos; lra).
          assert (0 <= cost Q n * (C2 * eps)) by (apply Rmult_le_pos; lra). lra. }
        split; [lra|]. intros l j Hl Hj. rewrite !(in_block_same nb b n) by exact E.
        specialize (A4 l j Hl Hj). specialize (B2 l j Hl Hj).
        set (Z0 := sum n (fun i => in_block nb b i (zeta i Q))) in *.
        assert (F1 : 0 <= eps * Z0 + S0) by (assert (0 <= eps * Z0) by (apply Rmult_le_pos; lra); lra).
        assert (F2 : 0 <= eps * zeta n Q + cost Q n)
          by (assert (0 <= eps * zeta n Q) by (apply Rmult_le_pos; lra); lra).
        assert (0 <= C' * (eps * Z0 + S0)) by (now apply Rmult_le_pos).
        assert (0 <= C2 * (eps * Z0 + S0)) by (now apply Rmult_le_pos).
        assert (0 <= C * (eps * zeta n Q + cost Q n)) by (now apply Rmult_le_pos).
        assert (0 <= C2 * (eps * zeta n Q + cost Q n)) by (now apply Rmult_le_pos).
        set (U := sum n (fun i => in_block nb b i (part Q i l j))) in *.
        set (V := sum n (fun i => in_block nb b i (lambda i l j Q))) in *.
        replace (U + part Q n l j - (V + lambda n l j Q))
          with ((U - V) + (part Q n l j - lambda n l j Q)) by ring.
        eapply Rle_trans; [apply Rabs_triang|]. lra.
      + exists C. split; auto. intros eps Q He HQ Hq. specialize (A eps Q He HQ Hq).
        rewrite !(in_block_other nb b n) by exact E. rewrite !Rplus_0_r. destruct A as (A1 & A2 & A3 & A4). repeat split; auto; try lra.
        intros l j Hl Hj. rewrite !(in_block_other nb b n) by exact E. rewrite !Rplus_0_r. auto. }
  destruct (H m ltac:(lia)) as (C & HC & A). exists C. split; auto. intros eps Q He HQ Hq.
  destruct (A eps Q He HQ Hq) as (A1 & A2 & A3 & A4). cbv beta zeta in *.
  split; auto. split; auto. intros l j Hl Hj. rewrite feature_parts by auto. now apply A4.
Qed.
End Features.
End SecondOrder.
