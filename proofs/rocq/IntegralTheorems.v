(** The integral loss near a point: one-sided derivatives, gradient, descent of first and second
    order, and the local minima of networks that are constant on the interval. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration Piecewise Strips.
From Exactland Require Import IntegralExpansion.
Import ListNotations.
Local Open Scope R_scope.

Section Theorems.
Variables (p : integral_problem) (P : scalar_network).
Notation m := (neurons P).

(** The interval, cut where pre-activations change their sign. *)
Definition stretch : Type := R * (nat -> option bool).
Fixpoint covers (a : R) (l : list stretch) (b : R) : Prop := match l with
  | [] => a = b
  | (e, s) :: l' => a < e /\ fits P s a e /\ covers e l' b end.
(** v = int 2 r first density, and v = int (2 r second + first^2) density + curvature. *)
Fixpoint first_order (D : scalar_network) (a : R) (l : list stretch) (v : R) : Prop := match l with
  | [] => v = 0
  | (e, s) :: l' => exists v1 v2,
      area (first_density p P s D) a e v1 /\ first_order D e l' v2 /\ v = v1 + v2 end.
Fixpoint second_order (D : scalar_network) (a : R) (l : list stretch) (v : R) : Prop := match l with
  | [] => v = 0
  | (e, s) :: l' => exists v1 v2, area (second_density p P s D) a e v1 /\ second_order D e l' v2
      /\ v = v1 + curvature p P s a e D + v2 end.

Lemma covers_le a l b : covers a l b -> a <= b.
Proof.
  revert a. induction l as [|[e s] l IH]; cbn [covers first_order second_order]; intros a H; [lra|].
  destruct H as (A & _ & B). apply IH in B. lra.
Qed.

Theorem expansion a l b M0 : 0 <= M0 -> covers a l b -> exists C T, 0 <= C /\ 0 < T /\
  forall D t, 0 < t < T -> bounded M0 P D -> forall v1 v2 l0 lt,
    first_order D a l v1 -> second_order D a l v2 ->
    area (loss_density p P) a b l0 -> area (loss_density p (shifted P D t)) a b lt ->
    Rabs (lt - l0 - t * v1 - t ^ 2 * v2) <= C * t ^ 3.
Proof.
  intros HM. revert a. induction l as [|[e s] l IH]; cbn [covers first_order second_order]; intros a Hc.
  - exists 0, 1. repeat split; try lra. intros D t _ _ v1 v2 l0 lt -> -> A B. subst b.
    assert (E : forall f v, area f a a v -> v = 0).
    { intros f v [_ [F [_ ->]]]. ring. }
    rewrite (E _ _ A), (E _ _ B), !Rmult_0_r, !Rminus_0_r, Rabs_R0. lra.
  - destruct Hc as (Hae & Hf & Hc). pose proof (covers_le _ _ _ Hc) as Heb.
    destruct (IH e Hc) as (C2 & T2 & HC2 & HT2 & H2).
    destruct (piece_expansion p P s a e M0 Hae HM Hf) as (C1 & T1 & HC1 & HT1 & H1).
    exists (C1 + C2), (Rmin T1 T2). split; [lra|]. split; [now apply Rmin_glb_lt|].
    intros D t Ht HD v1 v2 l0 lt (f1 & f2 & F1 & F2 & ->) (s1 & s2 & S1 & S2 & ->) A B.
    pose proof (Rmin_l T1 T2). pose proof (Rmin_r T1 T2).
    assert (Hp : forall Q v, area (loss_density p Q) a b v -> exists v1 v2,
       area (loss_density p Q) a e v1 /\ area (loss_density p Q) e b v2 /\ v = v1 + v2).
    { intros Q v Hv. destruct (area_part _ _ _ _ a e Hv) as [w1 W1]; try lra.
      destruct (area_part _ _ _ _ e b Hv) as [w2 W2]; try lra.
      exists w1, w2. split; auto. split; auto. apply (area_unique _ _ _ _ _ Hv).
      now apply (area_chasles _ a e b). }
    destruct (Hp _ _ A) as (a1 & a2 & A1 & A2 & ->). destruct (Hp _ _ B) as (b1 & b2 & B1 & B2 & ->).
    specialize (H1 D t ltac:(lra) HD _ _ _ _ A1 F1 S1 B1).
    specialize (H2 D t ltac:(lra) HD _ _ _ _ F2 S2 A2 B2).
    replace (b1 + b2 - (a1 + a2) - t * (f1 + f2) - t ^ 2 * (s1 + curvature p P s a e D + s2))
      with ((b1 - a1 - t * f1 - t ^ 2 * (s1 + curvature p P s a e D))
            + (b2 - a2 - t * f2 - t ^ 2 * s2)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma second_order_bounded a l b M0 : 0 <= M0 -> covers a l b -> exists B, 0 <= B /\
  forall D, bounded M0 P D -> exists v, second_order D a l v /\ Rabs v <= B.
Proof.
  intros HM. revert a. induction l as [|[e s] l IH]; cbn [covers first_order second_order]; intros a Hc.
  - exists 0. split; [lra|]. intros D _. exists 0. split; auto. rewrite Rabs_R0. lra.
  - destruct Hc as (Hae & Hf & Hc). destruct (IH e Hc) as (B2 & HB2 & H2).
    destruct (second_area p P s a e M0 Hae HM) as (B1 & HB1 & H1).
    exists (B1 + B2). split; [lra|]. intros D HD.
    destruct (H1 D HD) as (v1 & V1 & E1). destruct (H2 D HD) as (v2 & V2 & E2).
    exists (v1 + curvature p P s a e D + v2). split; [exists v1, v2; auto|].
    eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Theorem first_order_expansion a l b M0 : 0 <= M0 -> covers a l b -> exists C T, 0 <= C /\ 0 < T /\
  forall D t, 0 < t < T -> bounded M0 P D -> forall v l0 lt, first_order D a l v ->
    area (loss_density p P) a b l0 -> area (loss_density p (shifted P D t)) a b lt ->
    Rabs (lt - l0 - t * v) <= C * t ^ 2.
Proof.
  intros HM Hc. destruct (expansion a l b M0 HM Hc) as (C & T & HC & HT & H).
  destruct (second_order_bounded a l b M0 HM Hc) as (B & HB & H2).
  exists (C + B), (Rmin T 1). split; [lra|]. split; [apply Rmin_glb_lt; lra|].
  intros D t Ht HD v l0 lt Hv A A'. pose proof (Rmin_l T 1). pose proof (Rmin_r T 1).
  destruct (H2 D HD) as (w & W & HW).
  specialize (H D t ltac:(lra) HD _ _ _ _ Hv W A A').
  replace (lt - l0 - t * v) with ((lt - l0 - t * v - t ^ 2 * w) + t ^ 2 * w) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (0 < t ^ 2) by (apply pow_lt; lra).
  rewrite Rabs_mult, (Rabs_right (t ^ 2)) by lra.
  assert (t ^ 2 * Rabs w <= t ^ 2 * B) by (apply Rmult_le_compat_l; lra).
  assert (C * t ^ 3 <= C * t ^ 2).
  { apply Rmult_le_compat_l; auto. replace (t ^ 3) with (t * t ^ 2) by ring. nra. }
  lra.
Qed.

(** ** Directions *)
(** A direction that moves parameters only. *)
Definition admissible (D : scalar_network) : Prop :=
  (free_biases p = false -> forall j, (j < m)%nat -> bias D j = 0)
  /\ (free_shift p = false -> shift D = 0).
Definition masked (D : scalar_network) : scalar_network :=
  ScalarNetwork (neurons D) (weight D) (fun j => if free_biases p then bias D j else 0) (height D)
    (if free_shift p then shift D else 0).
Lemma masked_admissible D : admissible (masked D).
Proof. split; simpl; intros ->; auto. Qed.

Lemma loss_density_ext Q Q' : neurons Q = neurons Q' -> shift Q = shift Q' ->
  (forall j, (j < neurons Q)%nat ->
     weight Q j = weight Q' j /\ bias Q j = bias Q' j /\ height Q j = height Q' j) ->
  forall x, loss_density p Q x = loss_density p Q' x.
Proof.
  intros Hn Hs Hj x. unfold loss_density, error, output. rewrite <- Hn, <- Hs.
  rewrite (sum_ext _ _ (fun j => height Q' j * activation p (preactivation Q' j x))); auto.
  intros j H. destruct (Hj j H) as (A & B & C). unfold preactivation. now rewrite A, B, C.
Qed.
Lemma advance_shifted D t x :
  loss_density p (advance p P D t) x = loss_density p (shifted P (masked D) t) x.
Proof.
  apply loss_density_ext; auto; simpl.
  - destruct (free_shift p); ring.
  - intros j _. repeat split; auto. destruct (free_biases p); ring.
Qed.

Lemma bounded_exists D : exists M0, 0 <= M0 /\ bounded M0 P D.
Proof.
  set (f := fun j => Rabs (weight D j) + Rabs (bias D j) + Rabs (height D j)).
  assert (Hf : forall j, 0 <= f j).
  { intros j. unfold f. pose proof (Rabs_pos (weight D j)). pose proof (Rabs_pos (bias D j)).
    pose proof (Rabs_pos (height D j)). lra. }
  assert (Hs : 0 <= sum m f) by (apply sum_ge0; auto).
  exists (sum m f + Rabs (shift D)). pose proof (Rabs_pos (shift D)). split; [lra|].
  split; [|lra]. intros j Hj.
  assert (f j <= sum m f).
  { assert (E : sum m (fun i => if Nat.eqb i j then f j else 0) = f j).
    { rewrite (sum_single _ _ j Hj); [now rewrite Nat.eqb_refl|].
      intros k _ Hne. apply Nat.eqb_neq in Hne. now rewrite Hne. }
    rewrite <- E. apply sum_le. intros i Hi. destruct (Nat.eqb_spec i j); [subst; lra | auto]. }
  unfold f in *. pose proof (Rabs_pos (weight D j)). pose proof (Rabs_pos (bias D j)).
  pose proof (Rabs_pos (height D j)). lra.
Qed.

Variable l : list stretch.
Hypothesis Hcovers : covers (lower p) l (upper p).
Notation T0 := (lower p). Notation T1 := (upper p).

Lemma T0_le_T1 : T0 <= T1.
Proof. now apply covers_le in Hcovers. Qed.
Lemma loss_area Q v : integral_loss p Q v -> area (loss_density p Q) T0 T1 v.
Proof.
  intros H. destruct (pieces_area _ _ _ (pieces_loss p Q _ _ T0_le_T1)) as [w W].
  now rewrite (area_value _ _ _ _ _ W H).
Qed.

Theorem loss_derivative_value D v : first_order (masked D) T0 l v -> loss_derivative p P D v.
Proof.
  intros Hv eps He. destruct (bounded_exists (masked D)) as (M0 & HM & HD).
  destruct (first_order_expansion _ _ _ M0 HM Hcovers) as (C & T & HC & HT & H).
  exists (Rmin T (eps / (C + 1))).
  assert (0 < eps / (C + 1)) by (apply Rdiv_lt_0_compat; lra).
  split; [now apply Rmin_glb_lt|]. intros t Ht l0 lt A A'.
  pose proof (Rmin_l T (eps / (C + 1))). pose proof (Rmin_r T (eps / (C + 1))).
  apply loss_area in A. apply loss_area in A'.
  assert (B : area (loss_density p (shifted P (masked D) t)) T0 T1 lt).
  { apply (area_ext _ _ _ _ _ A'). intros. apply advance_shifted. }
  specialize (H (masked D) t ltac:(lra) HD _ _ _ Hv A B).
  replace ((lt - l0) / t - v) with ((lt - l0 - t * v) / t) by (field; lra).
  unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ t)).
  2:{ left. apply Rinv_0_lt_compat. lra. }
  apply (Rmult_lt_reg_r t); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  eapply Rle_lt_trans; [exact H|].
  assert (eps / (C + 1) * (C + 1) = eps) by (field; lra).
  assert (t * (C + 1) < eps) by nra. replace (C * t ^ 2) with (C * t * t) by ring.
  apply Rmult_lt_compat_r; lra.
Qed.

(** All one-sided derivatives zero: stationary, and differentiable with gradient zero. *)
Theorem critical_point : (forall D, admissible D -> first_order D T0 l 0) ->
  integral_critical p P /\ integral_stationary p P.
Proof.
  intros H0. split.
  - intros eps He. destruct (first_order_expansion _ _ _ 1 ltac:(lra) Hcovers) as (C & T & HC & HT & H).
    exists (Rmin T (eps / (C + 1))).
    assert (0 < eps / (C + 1)) by (apply Rdiv_lt_0_compat; lra).
    split; [now apply Rmin_glb_lt|]. intros d Q Hd ((Hn & Fb & Fs) & Hw & Hs) l0 lt A A'.
    pose proof (Rmin_l T (eps / (C + 1))). pose proof (Rmin_r T (eps / (C + 1))).
    set (D := ScalarNetwork m (fun j => (weight Q j - weight P j) / d)
      (fun j => (bias Q j - bias P j) / d) (fun j => (height Q j - height P j) / d)
      ((shift Q - shift P) / d)).
    assert (Hone : forall y, Rabs y <= d -> Rabs (y / d) <= 1).
    { intros y Hy. unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ d)).
      2:{ left. apply Rinv_0_lt_compat. lra. }
      apply (Rmult_le_reg_r d); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. lra. }
    assert (HD : bounded 1 P D).
    { split; simpl; auto. intros j Hj. destruct (Hw j Hj) as (E1 & E2 & E3). auto. }
    assert (Hadm : admissible D).
    { split; simpl; intros F; [intros j Hj; rewrite (Fb F j Hj) | rewrite (Fs F)]; field; lra. }
    apply loss_area in A. apply loss_area in A'.
    assert (B : area (loss_density p (shifted P D d)) T0 T1 lt).
    { apply (area_ext _ _ _ _ _ A'). intros. apply loss_density_ext; simpl; auto.
      - field. lra.
      - intros j _. repeat split; field; lra. }
    specialize (H D d ltac:(lra) HD _ _ _ (H0 D Hadm) A B).
    rewrite Rmult_0_r, Rminus_0_r in H. eapply Rle_trans; [exact H|].
    assert (eps / (C + 1) * (C + 1) = eps) by (field; lra).
    assert (d * (C + 1) < eps) by nra. replace (C * d ^ 2) with (C * d * d) by ring.
    apply Rmult_le_compat_r; lra.
  - intros D. exists 0. split; [|lra]. apply loss_derivative_value. apply H0, masked_admissible.
Qed.

(** Then zero is the gradient at P itself, and so in the Clarke subdifferential. *)
Theorem clarke_point : (forall D, admissible D -> first_order D T0 l 0) -> integral_clarke p P.
Proof.
  intros H0. set (Z := ScalarNetwork m (fun _ => 0) (fun _ => 0) (fun _ => 0) 0).
  exists 1%nat, (fun _ => 1), (fun _ => Z). split; [|split; [|split]].
  - intros i _. split; [lra|]. split; [reflexivity|]. intros r Hr. exists P, Z.
    assert (Hsame : forall Q, within_distance p r Q Q).
    { intros Q. split; [repeat split|]. rewrite Rminus_diag_eq by reflexivity. rewrite Rabs_R0.
      split; [|lra]. intros j _. rewrite !Rminus_diag_eq by reflexivity. rewrite Rabs_R0. lra. }
    split; auto. split; auto. intros D. unfold Z. simpl.
    rewrite sum_zero by (intros; destruct (free_biases p); ring).
    replace (0 + (if free_shift p then 0 * shift D else 0)) with 0 by (destruct (free_shift p); ring).
    apply loss_derivative_value. apply H0, masked_admissible.
  - simpl. lra.
  - intros j _. simpl. repeat split; ring.
  - simpl. ring.
Qed.

Lemma advance_close D t r : 0 <= r ->
  (forall y, (exists j, (j < m)%nat /\ (y = weight D j \/ y = bias D j \/ y = height D j))
             \/ y = shift D -> Rabs (t * y) <= r) ->
  within_distance p r P (advance p P D t).
Proof.
  intros Hr Hb. assert (H0 : Rabs 0 <= r) by (rewrite Rabs_R0; lra).
  split; [split; [reflexivity|]|].
  { split; simpl; intros E'; intros; rewrite E'; ring. }
  split; simpl.
  - intros j Hj. repeat split.
    + replace (weight P j + t * weight D j - weight P j) with (t * weight D j) by ring.
      apply Hb. left. exists j. auto.
    + replace (bias P j + (if free_biases p then t * bias D j else 0) - bias P j)
        with (if free_biases p then t * bias D j else 0) by ring.
      destruct (free_biases p); auto. apply Hb. left. exists j. auto.
    + replace (height P j + t * height D j - height P j) with (t * height D j) by ring.
      apply Hb. left. exists j. auto.
  - replace (shift P + (if free_shift p then t * shift D else 0) - shift P)
      with (if free_shift p then t * shift D else 0) by ring.
    destruct (free_shift p); auto.
Qed.
Lemma entries_bounded D M0 : bounded M0 P D ->
  forall y, (exists j, (j < m)%nat /\ (y = weight D j \/ y = bias D j \/ y = height D j))
             \/ y = shift D -> Rabs y <= M0.
Proof.
  intros [HD Hs] y [(j & Hj & [-> | [-> | ->]]) | ->]; auto; now apply HD.
Qed.

(** A derivative that is not zero refutes this. *)
Theorem not_critical D v : loss_derivative p P D v -> v <> 0 -> ~ integral_critical p P.
Proof.
  intros Hd Hv Hc. destruct (bounded_exists D) as (M0 & HM & HD).
  assert (Hav : 0 < Rabs v) by now apply Rabs_pos_lt.
  set (e1 := Rabs v / (4 * (M0 + 1))). assert (He1 : 0 < e1) by (apply Rdiv_lt_0_compat; lra).
  destruct (Hc e1 He1) as (r & Hr & Hcr). destruct (Hd (Rabs v / 2) ltac:(lra)) as (T & HT & HdT).
  set (t := Rmin T (r / (M0 + 1)) / 2).
  assert (Hr' : 0 < r / (M0 + 1)) by (apply Rdiv_lt_0_compat; lra).
  pose proof (Rmin_l T (r / (M0 + 1))). pose proof (Rmin_r T (r / (M0 + 1))).
  assert (0 < Rmin T (r / (M0 + 1))) by now apply Rmin_glb_lt.
  assert (E : r / (M0 + 1) * (M0 + 1) = r) by (field; lra).
  assert (Ht : 0 < t) by (unfold t; lra). assert (Htr : t < r / (M0 + 1)) by (unfold t; lra).
  destruct (integral_loss_exists p P T0_le_T1) as [l0 L0].
  destruct (integral_loss_exists p (advance p P D t) T0_le_T1) as [lt Lt].
  specialize (HdT t ltac:(unfold t; lra) _ _ L0 Lt).
  assert (Hw : within_distance p (t * (M0 + 1)) P (advance p P D t)).
  { assert (Hb : forall y, Rabs y <= M0 -> Rabs (t * y) <= t * (M0 + 1)).
    { intros y Hy. rewrite Rabs_mult, (Rabs_right t) by lra. apply Rmult_le_compat_l; lra. }
    apply advance_close; [nra|]. intros y Hy. apply Hb. now apply (entries_bounded D). }
  specialize (Hcr (t * (M0 + 1)) _ ltac:(nra) Hw _ _ L0 Lt).
  assert (E1 : e1 * (t * (M0 + 1)) = Rabs v / 4 * t) by (unfold e1; field; lra). rewrite E1 in Hcr.
  assert (Hq : Rabs ((lt - l0) / t) <= Rabs v / 4).
  { unfold Rdiv at 1. rewrite Rabs_mult, (Rabs_right (/ t)).
    2:{ left. apply Rinv_0_lt_compat. lra. }
    apply (Rmult_le_reg_r t); auto. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact Hcr. }
  assert (Rabs v <= Rabs ((lt - l0) / t) + Rabs ((lt - l0) / t - v)); [|lra].
  replace v with ((lt - l0) / t + - ((lt - l0) / t - v)) at 1 by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.

(** ** Rays along which the loss falls or rises *)
Lemma advance_within D r : 0 < r -> eventually (fun t => within_distance p r P (advance p P D t)).
Proof.
  intros Hr. destruct (bounded_exists D) as (M0 & HM & HD).
  exists (r / (M0 + 1)). split; [apply Rdiv_lt_0_compat; lra|]. intros t Ht.
  assert (E : r / (M0 + 1) * (M0 + 1) = r) by (field; lra).
  apply advance_close; [lra|]. intros y Hy. pose proof (entries_bounded D M0 HD y Hy) as Hb.
  rewrite Rabs_mult, (Rabs_right t) by lra. pose proof (Rabs_pos y). nra.
Qed.

Lemma ray_sign D v1 v2 : first_order (masked D) T0 l v1 -> second_order (masked D) T0 l v2 ->
  eventually (fun t => forall l0 lt, integral_loss p P l0 -> integral_loss p (advance p P D t) lt ->
    (v1 < 0 \/ (v1 = 0 /\ v2 < 0) -> lt < l0) /\ (0 < v1 \/ (v1 = 0 /\ 0 < v2) -> l0 < lt)).
Proof.
  intros H1 H2. destruct (bounded_exists (masked D)) as (M0 & HM & HD).
  destruct (expansion _ _ _ M0 HM Hcovers) as (C & T & HC & HT & H).
  set (c := if Req_EM_T v1 0 then Rabs v2 else Rabs v1).
  set (K := C + Rabs v2 + 1). assert (HK : 0 < K) by (unfold K; pose proof (Rabs_pos v2); lra).
  assert (Hdec : eventually (fun t => t < T /\ t < 1 /\ t * K < c \/ c = 0)).
  { destruct (Req_dec c 0) as [E|E]; [exists 1; split; [lra | auto]|].
    assert (0 < c).
    { unfold c in *. destruct (Req_EM_T v1 0); apply Rabs_pos_lt; intros F; apply E; rewrite F; apply Rabs_R0. }
    exists (Rmin T (Rmin 1 (c / K))).
    assert (0 < c / K) by (apply Rdiv_lt_0_compat; lra).
    split; [repeat apply Rmin_glb_lt; lra|]. intros t Ht. left.
    pose proof (Rmin_l T (Rmin 1 (c / K))). pose proof (Rmin_r T (Rmin 1 (c / K))).
    pose proof (Rmin_l 1 (c / K)). pose proof (Rmin_r 1 (c / K)).
    assert (c / K * K = c) by (field; lra). repeat split; nra. }
  apply (eventually_impl _ _ Hdec). intros t Ht Hc l0 lt A A'.
  apply loss_area in A. apply loss_area in A'.
  assert (B : area (loss_density p (shifted P (masked D) t)) T0 T1 lt).
  { apply (area_ext _ _ _ _ _ A'). intros. apply advance_shifted. }
  destruct Hc as [(Hc1 & Hc2 & Hc3)|Hc].
  2:{ unfold c in Hc. destruct (Req_EM_T v1 0) as [E|E].
      - assert (v2 = 0) by (destruct (Req_dec v2 0); auto; exfalso; now apply (Rabs_no_R0 v2)).
        split; intros; exfalso; lra.
      - exfalso. now apply (Rabs_no_R0 v1). }
  specialize (H (masked D) t ltac:(lra) HD _ _ _ _ H1 H2 A B). apply abs_le_inv in H.
  assert (Ht2 : 0 < t ^ 2) by (apply pow_lt; lra).
  assert (E3 : C * t ^ 3 = C * t * t ^ 2) by ring.
  assert (Hv2 : - Rabs v2 <= v2 <= Rabs v2) by (apply abs_le_inv; lra).
  assert (HKt : C * t <= K * t) by (unfold K; pose proof (Rabs_pos v2); nra).
  unfold c in Hc3. destruct (Req_EM_T v1 0) as [E|E].
  - assert (A2 : C * t ^ 3 < Rabs v2 * t ^ 2) by (rewrite E3; apply Rmult_lt_compat_r; lra).
    rewrite E in *. split; intros [F|[_ F]]; try lra.
    + rewrite (Rabs_left v2) in A2 by lra. nra.
    + rewrite (Rabs_right v2) in A2 by lra. nra.
  - assert (A1 : t * (C * t ^ 2 + Rabs v2 * t) < t * Rabs v1).
    { apply Rmult_lt_compat_l; [lra|]. eapply Rle_lt_trans; [|exact Hc3].
      unfold K. assert (t ^ 2 <= t) by nra. pose proof (Rabs_pos v2). nra. }
    assert (A2 : t * (C * t ^ 2 + Rabs v2 * t) = C * t ^ 3 + Rabs v2 * t ^ 2) by ring.
    assert (A3 : - (Rabs v2 * t ^ 2) <= t ^ 2 * v2 <= Rabs v2 * t ^ 2) by nra.
    split; intros [F|[F _]]; try lra.
    + rewrite (Rabs_left v1) in A1 by lra. lra.
    + rewrite (Rabs_right v1) in A1 by lra. lra.
Qed.

Theorem descent_ray D v1 v2 : first_order (masked D) T0 l v1 -> second_order (masked D) T0 l v2 ->
  v1 < 0 \/ (v1 = 0 /\ v2 < 0) -> ~ integral_local_minimum p P.
Proof.
  intros H1 H2 Hs [r [Hr Hmin]].
  destruct (eventually_some _ (eventually_and _ _ (advance_within D r Hr) (ray_sign D v1 v2 H1 H2)))
    as [t [Ht [A B]]].
  destruct (integral_loss_exists p P T0_le_T1) as [l0 L0].
  destruct (integral_loss_exists p (advance p P D t) T0_le_T1) as [lt Lt].
  specialize (Hmin _ A _ _ L0 Lt). destruct (B _ _ L0 Lt) as [C _]. specialize (C Hs). lra.
Qed.
Theorem ascent_ray D v1 v2 : first_order (masked D) T0 l v1 -> second_order (masked D) T0 l v2 ->
  0 < v1 \/ (v1 = 0 /\ 0 < v2) -> ~ integral_local_maximum p P.
Proof.
  intros H1 H2 Hs [r [Hr Hmax]].
  destruct (eventually_some _ (eventually_and _ _ (advance_within D r Hr) (ray_sign D v1 v2 H1 H2)))
    as [t [Ht [A B]]].
  destruct (integral_loss_exists p P T0_le_T1) as [l0 L0].
  destruct (integral_loss_exists p (advance p P D t) T0_le_T1) as [lt Lt].
  specialize (Hmax _ A _ _ L0 Lt). destruct (B _ _ L0 Lt) as [_ C]. specialize (C Hs). lra.
Qed.

(** ** The gradient, where no neuron with w = b = 0 has v <> 0 *)
Definition slope_of (s : nat -> option bool) (j : nat) : R :=
  match s j with None => 0 | Some t => slope_on p t end.
(** The stretches with int 2 r density and int 2 x r density. *)
Definition measured : Type := stretch * (R * R).
Fixpoint moments (a : R) (ms : list measured) : Prop := match ms with
  | [] => True
  | ((e, s), (m0, m1)) :: ms' => area (fun x => 2 * weighted p P x) a e m0
      /\ area (fun x => x * (2 * weighted p P x)) a e m1 /\ moments e ms' end.
Fixpoint total (g : (nat -> option bool) -> R -> R -> R) (ms : list measured) : R := match ms with
  | [] => 0 | ((_, s), (m0, m1)) :: ms' => g s m0 m1 + total g ms' end.
Definition moment0 ms j := total (fun s m0 m1 => slope_of s j * m0) ms.
Definition moment1 ms j := total (fun s m0 m1 => slope_of s j * m1) ms.
Definition no_loose : Prop := forall j, (j < m)%nat -> weight P j = 0 -> bias P j = 0 -> height P j = 0.

Lemma first_order_linear D ms : no_loose -> forall a b, covers a (map fst ms) b -> moments a ms ->
  first_order D a (map fst ms)
    (shift D * total (fun s m0 m1 => m0) ms
     + sum m (fun j => weight D j * (height P j * moment1 ms j) + bias D j * (height P j * moment0 ms j)
         + height D j * (weight P j * moment1 ms j + bias P j * moment0 ms j))).
Proof.
  intros Hn. induction ms as [|[[e s] [m0 m1]] ms IH]; intros a b Hc Hm.
  - cbn. unfold moment0, moment1. cbn. rewrite sum_zero; [ring|]. intros. ring.
  - cbn [map fst covers] in Hc. destruct Hc as (Hae & Hf & Hc). destruct Hm as (M0 & M1 & Hm).
    specialize (IH e b Hc Hm). cbn [map fst first_order].
    exists (shift D * m0 + sum m (fun j => slope_of s j * (height P j * weight D j + height D j * weight P j) * m1
              + slope_of s j * (height P j * bias D j + height D j * bias P j) * m0)).
    eexists. split; [|split; [exact IH|]].
    + pose proof (area_plus _ _ _ _ _ _ (area_scal _ _ _ _ (shift D) M0)
        (area_sum m _ a e _ ltac:(lra) (fun j _ => area_plus _ _ _ _ _ _
          (area_scal _ _ _ _ (slope_of s j * (height P j * weight D j + height D j * weight P j)) M1)
          (area_scal _ _ _ _ (slope_of s j * (height P j * bias D j + height D j * bias P j)) M0)))) as A.
      apply (area_ext _ _ _ _ _ A). intros x Hx. unfold first_density, first.
      rewrite Rmult_plus_distr_l, <- sum_scal. f_equal; [ring|]. apply sum_ext. intros j Hj.
      specialize (Hf j Hj). unfold slope_of, preactivation. destruct (s j) as [t|]; [ring|].
      destruct Hf as [Ew Eb]. rewrite (Hn j Hj Ew Eb). ring.
    + unfold moment0, moment1. cbn [total]. fold (moment0 ms) (moment1 ms).
      rewrite (Rplus_comm m0), Rmult_plus_distr_l.
      match goal with |- _ = shift D * m0 + ?A + (shift D * ?t0 + ?B) =>
        transitivity (shift D * m0 + shift D * t0 + (A + B)); [|ring] end.
      rewrite <- sum_plus. rewrite <- Rmult_plus_distr_l. f_equal; [ring|].
      apply sum_ext. intros j _. unfold moment0, moment1. ring.
Qed.

Theorem gradient_zero ms : no_loose -> l = map fst ms -> moments T0 ms ->
  (free_shift p = true -> total (fun s m0 m1 => m0) ms = 0) ->
  (forall j, (j < m)%nat -> height P j * moment1 ms j = 0
     /\ (free_biases p = true -> height P j * moment0 ms j = 0)
     /\ weight P j * moment1 ms j + bias P j * moment0 ms j = 0) ->
  integral_critical p P /\ integral_stationary p P /\ integral_clarke p P.
Proof.
  intros Hn Hl Hm Hs Hj.
  assert (H0 : forall D, admissible D -> first_order D T0 l 0).
  2:{ destruct (critical_point H0) as [A B]. pose proof (clarke_point H0). auto. }
  intros D [Ab As]. rewrite Hl in *.
  pose proof (first_order_linear D ms Hn _ _ Hcovers Hm) as H.
  match type of H with first_order _ _ _ ?v => assert (E : v = 0) end.
  { rewrite sum_zero.
    - destruct (free_shift p); [rewrite (Hs eq_refl) | rewrite (As eq_refl)]; ring.
    - intros j Hjm. destruct (Hj j Hjm) as (A & B & C). rewrite A, C.
      destruct (free_biases p); [rewrite (B eq_refl) | rewrite (Ab eq_refl j Hjm)]; ring. }
  now rewrite E in H.
Qed.
End Theorems.
