(** A kink that moves: the area of the strip between its old and its new place, to second order. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration Piecewise.
Local Open Scope R_scope.

Definition pos (t : R) : R := Rmax 0 t.
Lemma pos_above t : 0 <= t -> pos t = t.
Proof. intros. unfold pos. now apply Rmax_right. Qed.
Lemma pos_below t : t <= 0 -> pos t = 0.
Proof. intros. unfold pos. now apply Rmax_left. Qed.
Lemma pos_ge0 t : 0 <= pos t.
Proof. apply Rmax_l. Qed.
Lemma pos_ge t : t <= pos t.
Proof. apply Rmax_r. Qed.
Lemma pos_le t u : 0 <= u -> t <= u -> pos t <= u.
Proof. intros. now apply Rmax_lub. Qed.
Lemma pos_scale c t : 0 <= c -> pos (c * t) = c * pos t.
Proof.
  intros Hc. destruct (Rle_dec 0 t).
  - rewrite !pos_above; auto. now apply Rmult_le_pos.
  - rewrite !pos_below; [ring | lra | nra].
Qed.

Lemma abs_le_inv x c : Rabs x <= c -> - c <= x <= c.
Proof. unfold Rabs. destruct (Rcase_abs x); lra. Qed.

Lemma pieces_pos w b0 a b : a <= b -> pieces (fun x => pos (w * x + b0)) a b.
Proof.
  intros Hab.
  apply (pieces_ext (fun x => activation (IntegralProblem 1 0 0 1 nil nil true true) (w * x + b0))).
  - now apply pieces_activation.
  - intros x _. destruct (Rle_dec 0 (w * x + b0)).
    + rewrite rho_above, pos_above by auto. simpl. ring.
    + rewrite rho_below, pos_below by lra. simpl. ring.
Qed.

Lemma ramp_step s t x : (t <= x <= s \/ s <= x <= t) ->
  Rabs (pos s ^ 2 - pos t ^ 2 - 2 * pos x * (s - t)) <= 2 * (s - t) ^ 2.
Proof.
  intros H. apply Rabs_le.
  assert (Hp : 0 <= (s - x) * (x - t)) by (destruct H; nra).
  destruct (Rle_dec 0 s), (Rle_dec 0 t), (Rle_dec 0 x); destruct H as [H|H]; try lra;
    repeat match goal with |- context [pos ?u] =>
      first [rewrite (pos_above u) by lra | rewrite (pos_below u) by lra] end; split; nra.
Qed.

Lemma area_ramp al be a b : a <= b -> al <> 0 ->
  area (fun x => pos (al * x + be)) a b ((pos (al * b + be) ^ 2 - pos (al * a + be) ^ 2) / (2 * al)).
Proof.
  intros Hab Hal. split; auto. exists (fun x => pos (al * x + be) ^ 2 / (2 * al)).
  split; [|field; auto].
  exists (Rabs al). split; [apply Rabs_pos|]. intros t x s H1 H2 H3 H4.
  assert (Hp : 0 < Rabs al) by now apply Rabs_pos_lt.
  pose proof (ramp_step (al * s + be) (al * t + be) (al * x + be)) as H.
  replace (al * s + be - (al * t + be)) with (al * (s - t)) in H by ring.
  assert (Hx : al * t + be <= al * x + be <= al * s + be \/ al * s + be <= al * x + be <= al * t + be).
  { destruct (Rle_dec 0 al); [left | right]; split; nra. }
  specialize (H Hx).
  replace (pos (al * s + be) ^ 2 / (2 * al) - pos (al * t + be) ^ 2 / (2 * al)
           - pos (al * x + be) * (s - t))
    with ((pos (al * s + be) ^ 2 - pos (al * t + be) ^ 2 - 2 * pos (al * x + be) * (al * (s - t)))
          / (2 * al)) by (field; auto).
  unfold Rdiv. rewrite Rabs_mult, Rabs_inv, (Rabs_mult 2), (Rabs_right 2) by lra.
  apply (Rmult_le_reg_r (2 * Rabs al)); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  eapply Rle_trans; [exact H|]. rewrite Rpow_mult_distr, <- (pow2_abs al). simpl. nra.
Qed.

Lemma area_abs_le f g a b v w : area f a b v -> area g a b w ->
  (forall x, a <= x <= b -> Rabs (f x) <= g x) -> Rabs v <= w.
Proof.
  intros A B H. apply Rabs_le. split.
  - pose proof (area_scal _ _ _ _ (-1) B) as B'.
    assert (-1 * w <= v); [|lra].
    apply (area_le _ _ a b _ _ B' A). intros x Hx. specialize (H x Hx).
    unfold Rabs in H. destruct (Rcase_abs (f x)); lra.
  - apply (area_le _ _ a b _ _ A B). intros x Hx. specialize (H x Hx).
    eapply Rle_trans; [apply Rle_abs | exact H].
Qed.

(** At the end q of [a, b] the kink sits; k (x - q) dir >= 0 is the old pre-activation, and
    tau (e x + g) its change. *)
Section Strip.
Variables (a b q k dir M M0 : R).
Hypotheses (Hab : a < b) (Hk : 0 < k) (HM : 0 <= M) (HM0 : 0 <= M0)
  (Hend : (dir = 1 /\ q = a) \/ (dir = -1 /\ q = b)).
Definition strip (tau e g x : R) : R := pos (- (k * dir * (x - q)) - tau * (e * x + g)).
Definition opening (e g : R) : R := pos (- (e * q + g)).
Definition small_change (e g : R) : Prop :=
  Rabs e <= M0 /\ forall x, a <= x <= b -> Rabs (e * x + g) <= M.

Lemma strip_area : exists T, 0 < T /\ forall tau e g, 0 < tau < T -> small_change e g ->
  tau * M0 <= k / 2 /\
  area (strip tau e g) a b (tau ^ 2 * opening e g ^ 2 / (2 * (k + tau * dir * e))).
Proof.
  set (T1 := k / (2 * (M0 + 1))). set (T2 := k * (b - a) / (M + 1)).
  assert (0 < k * (b - a)) by (apply Rmult_lt_0_compat; lra).
  assert (H1 : 0 < T1) by (apply Rdiv_lt_0_compat; lra).
  assert (H2 : 0 < T2) by (apply Rdiv_lt_0_compat; lra).
  exists (Rmin T1 T2). split; [now apply Rmin_glb_lt|].
  intros tau e g Ht [He Hg]. pose proof (Rmin_l T1 T2). pose proof (Rmin_r T1 T2).
  assert (E1 : T1 * (2 * (M0 + 1)) = k) by (unfold T1; field; lra).
  assert (E2 : T2 * (M + 1) = k * (b - a)) by (unfold T2; field; lra).
  assert (Hs : tau * M0 <= k / 2) by nra.
  assert (Hfar : tau * M < k * (b - a)) by nra.
  assert (He' : - (k / 2) <= tau * e <= k / 2).
  { assert (Rabs (tau * e) <= k / 2).
    { rewrite Rabs_mult, (Rabs_right tau) by lra. nra. }
    apply abs_le_inv. lra. }
  split; auto.
  assert (Hga := Hg a ltac:(lra)). assert (Hgb := Hg b ltac:(lra)).
  apply abs_le_inv in Hga. apply abs_le_inv in Hgb.
  destruct Hend as [[Ed Eq]|[Ed Eq]]; rewrite Ed.
  - apply (area_ext (fun x => pos ((- k - tau * e) * x + (k * a - tau * g)))).
    2:{ intros x _. unfold strip. rewrite Ed, Eq. f_equal. ring. }
    assert (Hne : - k - tau * e <> 0) by lra.
    pose proof (area_ramp _ (k * a - tau * g) a b ltac:(lra) Hne) as A.
    rewrite (pos_below ((- k - tau * e) * b + (k * a - tau * g))) in A by nra.
    replace ((- k - tau * e) * a + (k * a - tau * g)) with (tau * - (e * a + g)) in A by ring.
    rewrite pos_scale in A by lra. unfold opening. rewrite Eq.
    replace (tau ^ 2 * pos (- (e * a + g)) ^ 2 / (2 * (k + tau * 1 * e)))
      with ((0 ^ 2 - (tau * pos (- (e * a + g))) ^ 2) / (2 * (- k - tau * e))); auto.
    field; repeat split; lra.
  - apply (area_ext (fun x => pos ((k - tau * e) * x + (- k * b - tau * g)))).
    2:{ intros x _. unfold strip. rewrite Ed, Eq. f_equal. ring. }
    assert (Hne : k - tau * e <> 0) by lra.
    pose proof (area_ramp _ (- k * b - tau * g) a b ltac:(lra) Hne) as A.
    rewrite (pos_below ((k - tau * e) * a + (- k * b - tau * g))) in A by nra.
    replace ((k - tau * e) * b + (- k * b - tau * g)) with (tau * - (e * b + g)) in A by ring.
    rewrite pos_scale in A by lra. unfold opening. rewrite Eq.
    replace (tau ^ 2 * pos (- (e * b + g)) ^ 2 / (2 * (k + tau * -1 * e)))
      with (((tau * pos (- (e * b + g))) ^ 2 - 0 ^ 2) / (2 * (k - tau * e))); auto.
    field; repeat split; lra.
Qed.

Variables (h : R -> R) (L : R).
Hypotheses (HL : 0 <= L)
  (Hh : forall x y, a <= x <= b -> a <= y <= b -> Rabs (h x - h y) <= L * Rabs (x - y)).

Lemma strip_expansion : exists C T, 0 <= C /\ 0 < T /\
  forall tau e g, 0 < tau < T -> small_change e g -> forall Z I,
    area (strip tau e g) a b Z -> area (fun x => h x * strip tau e g x) a b I ->
    Rabs Z <= C * tau ^ 2 /\ Rabs (I - tau ^ 2 * (h q * opening e g ^ 2 / k) / 2) <= C * tau ^ 3.
Proof.
  destruct strip_area as (T & HT & HA).
  set (B := M ^ 2 / k). set (C' := L * (M / k) * B + Rabs (h q) * (M0 * M ^ 2 / k ^ 2)).
  assert (Hq : a <= q <= b) by (destruct Hend as [[_ ->]|[_ ->]]; lra).
  assert (HB : 0 <= B) by (apply Rmult_le_pos; [apply pow2_ge_0 | left; now apply Rinv_0_lt_compat]).
  assert (HMk : 0 <= M / k) by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]).
  assert (Hk2 : 0 < k ^ 2) by (apply pow_lt; auto).
  assert (HC2 : 0 <= M0 * M ^ 2 / k ^ 2).
  { apply Rmult_le_pos; [apply Rmult_le_pos; [lra | apply pow2_ge_0]|].
    left. now apply Rinv_0_lt_compat. }
  assert (0 <= L * (M / k) * B) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; auto).
  assert (0 <= Rabs (h q) * (M0 * M ^ 2 / k ^ 2)) by (apply Rmult_le_pos; auto; apply Rabs_pos).
  assert (HC' : 0 <= C') by (unfold C'; lra).
  exists (B + C'), T. split; [lra|]. split; auto.
  intros tau e g Ht Hc Z I HZ HI. destruct (HA tau e g Ht Hc) as [Hs HZ'].
  apply (area_unique _ _ _ _ _ HZ') in HZ. destruct Hc as [He Hg].
  assert (He' : Rabs (tau * dir * e) <= k / 2).
  { rewrite !Rabs_mult, (Rabs_right tau) by lra.
    assert (Rabs dir = 1) as -> by (destruct Hend as [[-> _]|[-> _]]; [apply Rabs_R1 | rewrite Rabs_left; lra]).
    rewrite Rmult_1_r. nra. }
  assert (Hd := abs_le_inv _ _ He').
  assert (Ho : 0 <= opening e g <= M).
  { split; [apply pos_ge0|]. apply pos_le; auto. specialize (Hg q Hq).
    apply abs_le_inv in Hg. lra. }
  assert (Ho2 : opening e g ^ 2 <= M ^ 2) by (apply pow_incr; auto).
  assert (Ho0 : 0 <= opening e g ^ 2) by apply pow2_ge_0.
  assert (Ht2 : 0 < tau ^ 2) by (apply pow_lt; lra).
  assert (HZ0 : 0 <= Z).
  { rewrite <- HZ. apply Rmult_le_pos; [apply Rmult_le_pos; lra|].
    left. apply Rinv_0_lt_compat. lra. }
  assert (HZB : Z <= B * tau ^ 2).
  { rewrite <- HZ. apply (Rmult_le_reg_r (2 * (k + tau * dir * e))); [lra|].
    unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    assert (E : B * k = M ^ 2) by (unfold B; field; lra).
    assert (B * k <= B * (2 * (k + tau * dir * e))) by (apply Rmult_le_compat_l; lra).
    replace (B * tau ^ 2 * (2 * (k + tau * dir * e))) with (tau ^ 2 * (B * (2 * (k + tau * dir * e)))) by ring.
    apply Rmult_le_compat_l; lra. }
  rewrite Rabs_right by lra. split.
  { assert (0 <= C' * tau ^ 2) by (apply Rmult_le_pos; lra). lra. }
  assert (HIq : Rabs (I - h q * Z) <= L * (M / k) * tau * Z).
  { rewrite <- HZ in *.
    pose proof (area_plus _ _ _ _ _ _ HI (area_scal _ _ _ _ (- h q) HZ')) as A1.
    pose proof (area_scal _ _ _ _ (L * (M / k) * tau) HZ') as A2.
    match goal with |- Rabs (I - h q * ?z) <= _ => replace (I - h q * z) with (I + - h q * z) by ring end.
    apply (area_abs_le _ _ _ _ _ _ A1 A2). intros x Hx.
    replace (h x * strip tau e g x + - h q * strip tau e g x) with ((h x - h q) * strip tau e g x) by ring.
    rewrite Rabs_mult, (Rabs_right (strip _ _ _ _)) by (apply Rle_ge, pos_ge0).
    destruct (Rle_dec (- (k * dir * (x - q)) - tau * (e * x + g)) 0) as [E|E].
    { unfold strip. rewrite pos_below by auto. lra. }
    apply Rmult_le_compat_r; [apply pos_ge0|].
    eapply Rle_trans; [apply Hh; auto|]. rewrite !Rmult_assoc. apply Rmult_le_compat_l; auto.
    specialize (Hg x Hx). apply abs_le_inv in Hg.
    apply (Rmult_le_reg_r k); auto. replace (M / k * tau * k) with (tau * M) by (field; lra).
    assert (Hxq : Rabs (x - q) = dir * (x - q)).
    { destruct Hend as [[-> ->]|[-> ->]]; [rewrite Rabs_right | rewrite Rabs_left1]; lra. }
    rewrite Hxq. nra. }
  assert (HZq : Rabs (h q * Z - tau ^ 2 * (h q * opening e g ^ 2 / k) / 2)
                <= Rabs (h q) * (M0 * M ^ 2 / k ^ 2) * tau ^ 3).
  { rewrite <- HZ.
    replace (h q * (tau ^ 2 * opening e g ^ 2 / (2 * (k + tau * dir * e)))
             - tau ^ 2 * (h q * opening e g ^ 2 / k) / 2)
      with (h q * (opening e g ^ 2 * (tau ^ 2 * (- (tau * dir * e) / (2 * k * (k + tau * dir * e))))))
      by (field; split; lra).
    rewrite Rabs_mult.
    replace (Rabs (h q) * (M0 * M ^ 2 / k ^ 2) * tau ^ 3)
      with (Rabs (h q) * (M0 * M ^ 2 / k ^ 2 * tau ^ 3)) by ring.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. unfold Rdiv at 1.
    rewrite !Rabs_mult, (Rabs_right (opening e g ^ 2)), (Rabs_right (tau ^ 2)) by lra.
    rewrite Rabs_inv, Rabs_Ropp, (Rabs_right (2 * k * (k + tau * dir * e))) by nra.
    assert (Hdd : Rabs (tau * dir * e) <= tau * M0).
    { rewrite !Rabs_mult, (Rabs_right tau) by lra.
      assert (Rabs dir = 1) as -> by (destruct Hend as [[-> _]|[-> _]]; [apply Rabs_R1 | rewrite Rabs_left; lra]).
      rewrite Rmult_1_r. apply Rmult_le_compat_l; lra. }
    assert (Hinv : / (2 * k * (k + tau * dir * e)) <= / k ^ 2).
    { apply Rinv_le_contravar; auto. simpl. nra. }
    assert (0 < / k ^ 2) by now apply Rinv_0_lt_compat.
    assert (0 <= / (2 * k * (k + tau * dir * e))) by (left; apply Rinv_0_lt_compat; nra).
    assert (Rabs (tau * dir * e) * / (2 * k * (k + tau * dir * e)) <= tau * M0 * / k ^ 2)
      by (apply Rmult_le_compat; auto; apply Rabs_pos).
    replace (M0 * M ^ 2 / k ^ 2 * tau ^ 3) with (M ^ 2 * (tau ^ 2 * (tau * M0 * / k ^ 2))).
    2:{ simpl. field. lra. }
    apply Rmult_le_compat; auto.
    - apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; auto. apply Rabs_pos.
    - apply Rmult_le_compat_l; lra. }
  replace (I - tau ^ 2 * (h q * opening e g ^ 2 / k) / 2)
    with ((I - h q * Z) + (h q * Z - tau ^ 2 * (h q * opening e g ^ 2 / k) / 2)) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (0 <= L * (M / k) * tau) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | lra]).
  assert (L * (M / k) * tau * Z <= L * (M / k) * tau * (B * tau ^ 2)) by (apply Rmult_le_compat_l; auto).
  assert (Ht3 : 0 < tau ^ 3) by (apply pow_lt; lra).
  assert (0 <= B * tau ^ 3) by (apply Rmult_le_pos; lra).
  unfold C'. replace (L * (M / k) * tau * (B * tau ^ 2)) with (L * (M / k) * B * tau ^ 3) in * by ring.
  lra.
Qed.
End Strip.
