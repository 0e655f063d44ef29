(** Local minima of the integral loss where no neuron is active inside the interval (from right to
    left, clause III of the classification of the critical points), and global minima. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration Piecewise Strips.
From Exactland Require Import IntegralExpansion.
Local Open Scope R_scope.

Lemma same_sign x e : Rabs (x - e) < Rabs e -> 0 < x * e.
Proof.
  intros H. unfold Rabs in H. destruct (Rcase_abs e) as [E|E], (Rcase_abs (x - e)) as [F|F].
  - replace (x * e) with (- x * - e) by ring. apply Rmult_lt_0_compat; lra.
  - replace (x * e) with (- x * - e) by ring. apply Rmult_lt_0_compat; lra.
  - apply Rmult_lt_0_compat; lra.
  - apply Rmult_lt_0_compat; lra.
Qed.
Lemma positive_factor s t : 0 < s * t -> 0 < t -> 0 <= s.
Proof.
  intros H Ht. destruct (Rle_dec 0 s) as [|E]; auto. exfalso.
  assert (0 < - s * t) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

Section Minimum.
Variables (p : integral_problem) (P : scalar_network).
Notation m := (neurons P). Notation T0 := (lower p). Notation T1 := (upper p).
Hypotheses (Hle : T0 < T1) (Hdensity : forall x, T0 <= x <= T1 -> 0 <= polynomial (density p) x).

Lemma loss_areas Q l : integral_loss p Q l -> area (loss_density p Q) T0 T1 l.
Proof.
  intros H. destruct (pieces_area _ _ _ (pieces_loss p Q T0 T1 ltac:(lra))) as [w W].
  now rewrite (area_value _ _ _ _ _ W H).
Qed.

Variable side : nat -> bool.
Notation sg j := (sgn (side j)).
Notation u := (preactivation P).
(** The neuron is switched off on the interval, and a breakpoint at an end of it that can move adds
    to the output only where the error has the sign of what is added. *)
Definition switched_off (j : nat) : Prop :=
  slope_on p (side j) = 0 /\ (weight P j <> 0 \/ bias P j <> 0)
  /\ 0 <= sg j * u j T0 /\ 0 <= sg j * u j T1
  /\ forall q, q = T0 \/ q = T1 -> u j q = 0 ->
       (free_biases p = false /\ bias P j = 0) \/ 0 < height P j * jump p * error p P q.

Lemma off_value j t : slope_on p (side j) = 0 -> activation p t = jump p * pos (- (sg j * t)).
Proof. intros H. rewrite (rho_side p (side j)), H. ring. Qed.

Let X : R := Rabs T0 + Rabs T1.
Lemma X_bound x : T0 <= x <= T1 -> Rabs x <= X.
Proof. apply x_bound. Qed.
Lemma X_ge0 : 0 <= X.
Proof. unfold X. pose proof (Rabs_pos T0). pose proof (Rabs_pos T1). lra. Qed.

Lemma near_preactivation r Q j x : within_distance p r P Q -> (j < m)%nat -> T0 <= x <= T1 ->
  0 <= r -> Rabs (preactivation Q j x - u j x) <= r * (1 + X).
Proof.
  intros (_ & H & _) Hj Hx Hr. destruct (H j Hj) as (A & B & _). unfold preactivation.
  replace (weight Q j * x + bias Q j - (weight P j * x + bias P j))
    with ((weight Q j - weight P j) * x + (bias Q j - bias P j)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult. pose proof (X_bound x Hx).
  assert (Rabs (weight Q j - weight P j) * Rabs x <= r * X)
    by (apply Rmult_le_compat; auto; apply Rabs_pos).
  lra.
Qed.

Lemma sgn_le s t : - (sgn s * t) <= Rabs t.
Proof. destruct s; simpl; [rewrite <- Rabs_Ropp|]; eapply Rle_trans; [|apply Rle_abs| |apply Rle_abs]; lra. Qed.

Lemma off_contribution j : (j < m)%nat -> switched_off j -> exists r, 0 < r /\
  forall Q, within_distance p r P Q -> forall x, T0 <= x <= T1 ->
    0 <= error p P x * (height Q j * activation p (preactivation Q j x)).
Proof.
  intros Hj (Hs & Hnz & H0 & H1 & Hend). pose proof X_ge0 as HX.
  assert (Hzero : forall Q x, 0 <= sg j * preactivation Q j x ->
     0 <= error p P x * (height Q j * activation p (preactivation Q j x))).
  { intros Q x H. rewrite (off_value j _ Hs), pos_below by lra. lra. }
  assert (Hcase : (u j T0 <> 0 /\ u j T1 <> 0) \/ exists q, (q = T0 \/ q = T1) /\ u j q = 0).
  { destruct (Req_dec (u j T0) 0); [right; exists T0; auto|].
    destruct (Req_dec (u j T1) 0); [right; exists T1; auto | left; auto]. }
  destruct Hcase as [[N0 N1]|(q & Hq & Eq)].
  - (* no breakpoint in the closed interval *)
    set (mu := Rmin (sg j * u j T0) (sg j * u j T1)).
    assert (Hmu : 0 < mu) by (apply Rmin_glb_lt; destruct (side j); simpl in *; lra).
    exists (mu / (2 + X)). split; [apply Rdiv_lt_0_compat; lra|]. intros Q HQ x Hx. apply Hzero.
    assert (E : mu / (2 + X) * (2 + X) = mu) by (field; lra).
    assert (0 < mu / (2 + X)) by (apply Rdiv_lt_0_compat; lra).
    pose proof (near_preactivation _ Q j x HQ Hj Hx ltac:(lra)) as A.
    assert (mu <= sg j * u j x).
    { pose proof (Rmin_l (sg j * u j T0) (sg j * u j T1)) as A1.
      pose proof (Rmin_r (sg j * u j T0) (sg j * u j T1)) as A2. fold mu in A1, A2.
      unfold preactivation in *. destruct (Rle_dec 0 (sg j * weight P j)); nra. }
    apply abs_le_inv in A. destruct (side j); simpl in *; nra.
  - assert (Hw : weight P j <> 0).
    { intros E. destruct Hnz as [|Hn]; auto. apply Hn. unfold preactivation in Eq. rewrite E in Eq. lra. }
    assert (Hk : 0 < Rabs (weight P j)) by now apply Rabs_pos_lt.
    assert (Hu : forall x, u j x = weight P j * (x - q)) by (intros; unfold preactivation in *; lra).
    destruct (Hend q Hq Eq) as [[Fb Eb]|Hsign].
    + (* the breakpoint is 0 and cannot move *)
      exists (Rabs (weight P j) / 2). split; [lra|]. intros Q HQ x Hx. apply Hzero.
      destruct HQ as ((_ & Hfb & _) & H & _). specialize (Hfb Fb j Hj). destruct (H j Hj) as (A & _ & _).
      assert (Hx0 : 0 <= sg j * u j x) by (now apply (side_keeps P T0 T1)).
      unfold preactivation in *. rewrite Hfb, Eb in *.
      assert (0 < weight Q j * weight P j).
      { apply abs_le_inv in A. unfold Rabs in A. destruct (Rcase_abs (weight P j)); nra. }
      destruct (Rdichotomy _ _ Hw); destruct (side j); simpl in *; nra.
    + destruct (pieces_area _ _ _ (pieces_error p P T0 T1 ltac:(lra))) as [ev Hev].
      destruct (area_lipschitz _ _ _ _ Hev) as (L & HL & HLip).
      set (e := error p P q) in *.
      assert (He : e <> 0) by (intros E; rewrite E in Hsign; lra).
      assert (Hv : height P j <> 0) by (intros E; rewrite E in Hsign; lra).
      assert (Hpe : 0 < Rabs e) by now apply Rabs_pos_lt.
      assert (Hpv : 0 < Rabs (height P j)) by now apply Rabs_pos_lt.
      set (r1 := Rabs (weight P j) * Rabs e / ((L + 1) * (2 + X))).
      assert (Hr1 : 0 < r1).
      { apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | apply Rmult_lt_0_compat; lra]. }
      exists (Rmin r1 (Rabs (height P j) / 2)). split; [apply Rmin_glb_lt; lra|].
      intros Q HQ x Hx. set (r := Rmin r1 (Rabs (height P j) / 2)) in *.
      assert (Hr : 0 < r <= r1) by (split; [apply Rmin_glb_lt; lra | apply Rmin_l]).
      assert (Hr2 : r <= Rabs (height P j) / 2) by apply Rmin_r.
      pose proof (near_preactivation r Q j x HQ Hj Hx ltac:(lra)) as A.
      destruct HQ as (_ & H & _). destruct (H j Hj) as (_ & _ & Hh).
      rewrite (off_value j _ Hs).
      destruct (Rle_dec 0 (sg j * preactivation Q j x)) as [C|C].
      { rewrite pos_below by lra. lra. }
      set (z := pos (- (sg j * preactivation Q j x))). assert (Hz : 0 <= z) by apply pos_ge0.
      (* x is close to q, where the error has its sign *)
      assert (Hxq : Rabs (weight P j) * Rabs (x - q) <= r * (1 + X)).
      { assert (B : 0 <= sg j * u j x) by (now apply (side_keeps P T0 T1)).
        assert (E : Rabs (u j x) = sg j * u j x).
        { destruct (side j); simpl in *; [rewrite Rabs_right | rewrite Rabs_left1]; lra. }
        rewrite <- Rabs_mult, <- Hu, E.
        apply abs_le_inv in A. destruct (side j); simpl in *; lra. }
      assert (Hex : Rabs (error p P x - e) < Rabs e).
      { eapply Rle_lt_trans; [apply HLip; [exact Hx | destruct Hq as [-> | ->]; lra]|].
        apply (Rmult_lt_reg_l (Rabs (weight P j))); auto.
        assert (E1 : r1 * ((L + 1) * (2 + X)) = Rabs (weight P j) * Rabs e) by (unfold r1; field; lra).
        rewrite <- E1.
        replace (Rabs (weight P j) * (L * Rabs (x - q))) with (L * (Rabs (weight P j) * Rabs (x - q))) by ring.
        assert (L * (Rabs (weight P j) * Rabs (x - q)) <= L * (r * (1 + X))) by (apply Rmult_le_compat_l; auto).
        assert (B1 : r * (1 + X) <= r1 * (1 + X)) by (apply Rmult_le_compat_r; lra).
        assert (B2 : 0 < r1 * (2 + X)) by (apply Rmult_lt_0_compat; lra).
        assert (B3 : L * (r * (1 + X)) <= L * (r1 * (2 + X))) by (apply Rmult_le_compat_l; lra).
        replace (r1 * ((L + 1) * (2 + X))) with (L * (r1 * (2 + X)) + r1 * (2 + X)) by ring. lra. }
      assert (Hvx : Rabs (height Q j - height P j) < Rabs (height P j)) by lra.
      pose proof (same_sign _ _ Hex) as S1. pose proof (same_sign _ _ Hvx) as S2.
      replace (error p P x * (height Q j * (jump p * z))) with (z * (height Q j * jump p * error p P x)) by ring.
      apply Rmult_le_pos; auto.
      apply (positive_factor _ (Rsqr e * Rsqr (height P j))).
      * replace (height Q j * jump p * error p P x * (Rsqr e * Rsqr (height P j)))
          with ((height Q j * height P j) * (error p P x * e) * (height P j * jump p * e))
          by (unfold Rsqr; ring).
        apply Rmult_lt_0_compat; auto. now apply Rmult_lt_0_compat.
      * apply Rmult_lt_0_compat; now apply Rlt_0_sqr.
Qed.

(** 2 (f_Q - f_P) (f_P - target) density bounds the change of the loss from below. *)
Lemma loss_increase Q l l' : integral_loss p P l -> integral_loss p Q l' ->
  (free_shift p = true -> area (weighted p P) T0 T1 0) -> same_shape p P Q ->
  (forall x, T0 <= x <= T1 -> 0 <= error p P x * (output p Q x - output p P x - (shift Q - shift P))) ->
  l <= l'.
Proof.
  intros A B Hs (_ & _ & Fs) H. apply loss_areas in A. apply loss_areas in B.
  set (dc := shift Q - shift P) in *.
  assert (HW : exists w, area (weighted p P) T0 T1 w /\ dc * w = 0).
  { destruct (free_shift p).
    - exists 0. split; auto. ring.
    - destruct (weighted_area p P T0 T1 Hle) as [w W]. exists w. split; auto.
      unfold dc. rewrite Fs by auto. ring. }
  destruct HW as (w & W & Ew).
  pose proof (area_plus _ _ _ _ _ _ A (area_scal _ _ _ _ (2 * dc) W)) as C.
  assert (l + 2 * dc * w <= l'); [|lra].
  apply (area_le _ _ _ _ _ _ C B). intros x Hx. specialize (H x Hx). specialize (Hdensity x Hx).
  unfold loss_density, weighted, error in *. fold dc in H.
  set (d := polynomial (density p) x) in *. set (t := polynomial (curve_target p) x) in *.
  set (f := output p P x) in *. set (g := output p Q x) in *.
  assert (E : (g - t) ^ 2 * d = (f - t) ^ 2 * d + 2 * dc * ((f - t) * d)
              + 2 * d * ((f - t) * (g - f - dc)) + d * (g - f) ^ 2) by ring.
  rewrite E. pose proof (pow2_ge_0 (g - f)).
  assert (0 <= d * ((f - t) * (g - f - dc))) by now apply Rmult_le_pos.
  assert (0 <= d * (g - f) ^ 2) by now apply Rmult_le_pos. lra.
Qed.

Theorem switched_off_minimum : (forall j, (j < m)%nat -> switched_off j) ->
  (free_shift p = true -> area (weighted p P) T0 T1 0) -> integral_local_minimum p P.
Proof.
  intros Hoff Hs.
  destruct (finite_radius m (fun j r => forall Q, within_distance p r P Q -> forall x, T0 <= x <= T1 ->
    0 <= error p P x * (height Q j * activation p (preactivation Q j x)))) as (r & Hr & H).
  - intros j r r' H Hr Q (A & B & C) x Hx. apply H; auto. split; auto. split; [|lra].
    intros i Hi. destruct (B i Hi) as (B1 & B2 & B3). repeat split; lra.
  - intros j Hj. apply off_contribution; auto.
  - exists r. split; auto. intros Q HQ l l' A B. apply (loss_increase Q l l' A B Hs); [apply HQ|].
    intros x Hx. unfold output. destruct HQ as ((Hn & F) & HQ'). rewrite Hn.
    rewrite (sum_zero m (fun j => height P j * activation p (u j x))).
    2:{ intros j Hj. destruct (Hoff j Hj) as (S & _ & A0 & A1 & _). rewrite (off_value j _ S).
        rewrite pos_below; [ring|]. pose proof (side_keeps P T0 T1 (side j) j x Hx A0 A1). lra. }
    match goal with |- 0 <= _ * (_ + ?s - _ - _) =>
      replace (shift Q + s - (shift P + 0) - (shift Q - shift P)) with s by ring end.
    rewrite <- sum_scal. apply sum_ge0. intros j Hj. apply (H j Hj Q); auto.
    split; [split|]; auto.
Qed.

Theorem zero_error_global : (forall x, T0 <= x <= T1 -> error p P x = 0) ->
  integral_global_minimum p P.
Proof.
  intros H Q l l' HQ A B. apply loss_areas in A. apply loss_areas in B.
  apply (area_le _ _ _ _ _ _ A B). intros x Hx. unfold loss_density at 1. rewrite (H x Hx).
  unfold loss_density. specialize (Hdensity x Hx). pose proof (pow2_ge_0 (error p Q x)). nra.
Qed.

Theorem no_neuron_global : m = 0%nat -> (free_shift p = true -> area (weighted p P) T0 T1 0) ->
  integral_global_minimum p P.
Proof.
  intros Hm Hs Q l l' HQ A B. apply (loss_increase Q l l' A B Hs HQ). intros x Hx.
  destruct HQ as (Hn & _). unfold output. rewrite Hn, Hm. simpl.
  replace (shift Q + 0 - (shift P + 0) - (shift Q - shift P)) with 0 by ring. lra.
Qed.
End Minimum.
