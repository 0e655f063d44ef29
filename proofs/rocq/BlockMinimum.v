(** Three proofs that a block does not decrease the loss on a product of cells: no neuron escapes;
    the second-order form is definite; the change has reduced rank. *)
From Coq Require Import Reals Lra Lia Psatz.
From Exactland Require Import Definitions Sums Expansion LocalMinimum SecondOrder.
Local Open Scope R_scope.

(** ** Inequalities between numbers *)
Lemma square_of_sum f g eta : 0 < eta -> (1 - eta) * g ^ 2 - / eta * (f - g) ^ 2 <= f ^ 2.
Proof.
  intros He. assert (0 <= (eta * g + (f - g)) ^ 2) by apply pow2_ge_0.
  apply (Rmult_le_reg_l eta); auto.
  replace (eta * ((1 - eta) * g ^ 2 - / eta * (f - g) ^ 2))
    with (eta * (1 - eta) * g ^ 2 - (f - g) ^ 2) by (field; lra).
  assert (0 <= eta * (f - g) ^ 2) by (apply Rmult_le_pos; [lra | apply pow2_ge_0]). lra.
Qed.

Section Core.
Variables (L J : nat) (omega : nat -> R).
Hypothesis omega_pos : forall l, (l < L)%nat -> 0 <= omega l.
Definition squares (f : nat -> nat -> R) : R := sum L (fun l => omega l * sum J (fun j => f l j ^ 2)).

Lemma squares_le (f g : nat -> nat -> R) e :
  (forall l j, (l < L)%nat -> (j < J)%nat -> g l j - e <= f l j ^ 2) ->
  sum L (fun l => omega l * sum J (fun j => g l j)) - sum L omega * INR J * e <= squares f.
Proof.
  intros H. unfold squares. rewrite Rmult_assoc, <- sum_scal_r, <- sum_minus. apply sum_le.
  intros l Hl. rewrite <- Rmult_minus_distr_l. apply Rmult_le_compat_l; auto.
  rewrite <- sum_const, <- sum_minus. apply sum_le. auto.
Qed.
Lemma weight_pos : 0 <= sum L omega * INR J.
Proof. apply Rmult_le_pos; [now apply sum_ge0 | apply pos_INR]. Qed.

(** The form G + squares g is definite; f is g up to what is small. *)
Lemma definite_core c C : 0 < c -> 0 <= C -> exists eps0, 0 < eps0 <= 1 /\
  forall eps cost S2 zeta G f g, 0 < eps <= eps0 -> 0 <= cost <= C * eps -> 0 <= S2 -> 0 <= zeta ->
    zeta ^ 2 <= C * S2 -> Rabs G <= C * S2 -> c * S2 - C * eps * cost <= G + squares g ->
    (forall l j, (l < L)%nat -> (j < J)%nat -> Rabs (f l j - g l j) <= C * (eps * zeta + cost)) ->
    0 <= cost * (1 - C * eps) + G + squares f.
Proof.
  intros Hc HC. pose proof weight_pos as HW. set (W := sum L omega * INR J) in *.
  set (eta := Rmin (1 / 2) (c / (4 * (C + c)))).
  assert (He0 : 0 < eta) by (apply Rmin_glb_lt; [lra | apply Rdiv_lt_0_compat; lra]).
  assert (He1 : eta <= 1 / 2) by apply Rmin_l.
  assert (He2 : eta * (C + c) <= c / 4).
  { assert (eta <= c / (4 * (C + c))) by apply Rmin_r.
    apply (Rmult_le_compat_r (C + c)) in H; [|lra].
    replace (c / (4 * (C + c)) * (C + c)) with (c / 4) in H by (field; lra). exact H. }
  set (K := 2 * W * C ^ 3 * / eta).
  assert (HK : 0 <= K).
  { unfold K. pose proof (pow_le C 3 HC). pose proof (Rinv_0_lt_compat _ He0).
    apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; lra. }
  set (den := 2 * C + 2 * K + 1 + K / c).
  assert (HKc : 0 <= K / c) by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]).
  assert (Hden : 0 < den) by (unfold den; lra).
  exists (/ (2 * den)). assert (Hinv : 0 < / (2 * den)) by (apply Rinv_0_lt_compat; lra).
  assert (Hinv2 : / (2 * den) * den = 1 / 2) by (field; lra).
  split; [split; auto|].
  { apply (Rmult_le_reg_r den); auto. rewrite Hinv2. unfold den. lra. }
  intros eps cost S2 zeta G f g [Hp Hp'] [Hs1 Hs2] HS Hz Hz2 HG Hform Hf.
  assert (Hed : eps * den <= 1 / 2) by (rewrite <- Hinv2; apply Rmult_le_compat_r; lra).
  assert (H1d : 0 <= C * eps) by (apply Rmult_le_pos; lra).
  assert (H2d : 0 <= K * eps) by (apply Rmult_le_pos; lra).
  assert (H3d : 0 <= K / c * eps) by (apply Rmult_le_pos; lra).
  unfold den in Hed. clear Hinv2.
  assert (Hlow : forall l j, (l < L)%nat -> (j < J)%nat ->
    (1 - eta) * g l j ^ 2 - / eta * (2 * C ^ 2 * (eps ^ 2 * (C * S2) + C * eps * cost)) <= f l j ^ 2).
  { intros l j Hl Hj. eapply Rle_trans; [|apply (square_of_sum (f l j) (g l j) eta He0)].
    apply Rplus_le_compat_l, Ropp_le_contravar, Rmult_le_compat_l; [left; now apply Rinv_0_lt_compat|].
    specialize (Hf l j Hl Hj).
    assert (H0 : 0 <= eps * zeta) by (apply Rmult_le_pos; lra).
    assert (H1 : (f l j - g l j) ^ 2 <= (C * (eps * zeta + cost)) ^ 2).
    { rewrite <- (pow2_abs (f l j - g l j)). apply pow_incr. split; [apply Rabs_pos | exact Hf]. }
    assert (H2 : (eps * zeta + cost) ^ 2 <= 2 * (eps ^ 2 * zeta ^ 2 + cost ^ 2))
      by (pose proof (pow2_ge_0 (eps * zeta - cost)); lra).
    assert (H3 : eps ^ 2 * zeta ^ 2 <= eps ^ 2 * (C * S2)) by (apply Rmult_le_compat_l; [apply pow2_ge_0 | auto]).
    assert (H4 : cost ^ 2 <= C * eps * cost)
      by (replace (cost ^ 2) with (cost * cost) by ring; apply Rmult_le_compat_r; lra).
    replace ((C * (eps * zeta + cost)) ^ 2) with (C ^ 2 * (eps * zeta + cost) ^ 2) in H1 by ring.
    pose proof (pow2_ge_0 C) as HC2.
    assert (H5 : C ^ 2 * (eps * zeta + cost) ^ 2 <= C ^ 2 * (2 * (eps ^ 2 * (C * S2) + C * eps * cost)))
      by (apply Rmult_le_compat_l; lra).
    lra. }
  pose proof (squares_le f (fun l j => (1 - eta) * g l j ^ 2) _ Hlow) as Hsq. cbv beta in Hsq.
  fold W in Hsq.
  assert (Eg : sum L (fun l => omega l * sum J (fun j => (1 - eta) * g l j ^ 2)) = (1 - eta) * squares g).
  { unfold squares. rewrite <- sum_scal. apply sum_ext. intros. rewrite sum_scal. ring. }
  rewrite Eg in Hsq.
  assert (EK : W * (/ eta * (2 * C ^ 2 * (eps ^ 2 * (C * S2) + C * eps * cost)))
    = K * (eps ^ 2 * S2 + eps * cost)) by (unfold K; ring).
  rewrite EK in Hsq.
  assert (B1 : (1 - eta) * (c * S2 - C * eps * cost) <= (1 - eta) * (G + squares g))
    by (apply Rmult_le_compat_l; lra).
  assert (B2 : - (eta * (C * S2)) <= eta * G).
  { replace (- (eta * (C * S2))) with (eta * (- (C * S2))) by ring. apply Rmult_le_compat_l; [lra|].
    revert HG. unfold Rabs. destruct (Rcase_abs G); lra. }
  assert (B3 : eta * (C + c) * S2 <= c / 4 * S2) by (apply Rmult_le_compat_r; lra).
  assert (B4 : K * eps <= c / 2).
  { replace (K * eps) with (c * (K / c * eps)) by (clearbody K; field; lra).
    replace (c / 2) with (c * (1 / 2)) by field. apply Rmult_le_compat_l; lra. }
  assert (B5 : eps <= 1) by lra.
  assert (B6 : K * (eps ^ 2 * S2) <= c / 2 * S2).
  { replace (K * (eps ^ 2 * S2)) with ((K * eps) * eps * S2) by ring.
    apply Rmult_le_compat_r; auto. apply Rle_trans with (K * eps * 1); [|lra].
    apply Rmult_le_compat_l; lra. }
  assert (B7 : 0 <= C * eps * cost) by (repeat apply Rmult_le_pos; lra).
  assert (B8 : cost * (2 * C * eps + K * eps) <= cost * 1).
  { apply Rmult_le_compat_l; auto. lra. }
  assert (B9 : 0 <= eta * (C * eps * cost)) by (apply Rmult_le_pos; lra).
  assert (B10 : 0 <= c * S2) by (apply Rmult_le_pos; lra). lra.
Qed.

(** The form is nonnegative exactly; f is g up to what is small. *)
Lemma exact_core C : 0 <= C -> exists eps0, 0 < eps0 <= 1 /\
  forall eps cost G f g, 0 < eps <= eps0 -> 0 <= cost -> 0 <= G + squares g ->
    (forall l j, (l < L)%nat -> (j < J)%nat -> Rabs (g l j) <= C * eps) ->
    (forall l j, (l < L)%nat -> (j < J)%nat -> Rabs (f l j - g l j) <= C * cost) ->
    0 <= cost * (1 - C * eps) + G + squares f.
Proof.
  intros HC. pose proof weight_pos as HW. set (W := sum L omega * INR J) in *.
  set (K := C + W * (2 * C ^ 2)). assert (HK : 0 <= K).
  { unfold K. pose proof (pow2_ge_0 C). assert (0 <= W * (2 * C ^ 2)) by (apply Rmult_le_pos; lra). lra. }
  exists (/ (K + 1)). assert (Hinv : 0 < / (K + 1)) by (apply Rinv_0_lt_compat; lra).
  assert (E1 : / (K + 1) * (K + 1) = 1) by (field; lra).
  split; [split; auto|].
  { assert (0 <= / (K + 1) * K) by (apply Rmult_le_pos; lra). lra. }
  intros eps cost G f g [Hp Hp'] Hs Hform Hg Hf.
  assert (HKe : K * eps <= 1).
  { apply Rle_trans with ((K + 1) * / (K + 1)); [|lra]. apply Rmult_le_compat; lra. }
  assert (Hlow : forall l j, (l < L)%nat -> (j < J)%nat -> g l j ^ 2 - 2 * C ^ 2 * (eps * cost) <= f l j ^ 2).
  { intros l j Hl Hj. specialize (Hg l j Hl Hj). specialize (Hf l j Hl Hj).
    assert (Rabs (g l j * (f l j - g l j)) <= (C * eps) * (C * cost))
      by (rewrite Rabs_mult; apply Rmult_le_compat; auto; apply Rabs_pos).
    pose proof (pow2_ge_0 (f l j - g l j)).
    replace (f l j ^ 2) with (g l j ^ 2 + 2 * (g l j * (f l j - g l j)) + (f l j - g l j) ^ 2) by ring.
    revert H. unfold Rabs. destruct (Rcase_abs _); lra. }
  pose proof (squares_le f (fun l j => g l j ^ 2) _ Hlow) as Hsq. fold W in Hsq. cbv beta in Hsq.
  change (sum L (fun l => omega l * sum J (fun j => g l j ^ 2))) with (squares g) in Hsq.
  assert (B : cost * (K * eps) <= cost * 1) by (apply Rmult_le_compat_l; auto).
  unfold K in B.
  replace (cost * 1) with cost in B by ring. replace (W * (2 * C ^ 2 * (eps * cost))) with (cost * (W * (2 * C ^ 2) * eps)) in Hsq by ring. lra.
Qed.
End Core.

(** ** The best approximation of given rank *)
(** For a semidefinite inner product, vectors T_j, a number r >= 0 and vectors y_m with
    sum_j <T_j, b>^2 <= r |b|^2 + sum_m kappa_m <y_m, b>^2 for all b, no combinations B_j of n vectors
    are nearer to the T_j than sum |T_j|^2 - r n - sum kappa_m |y_m|^2. *)
Section Rank.
Variables (L D : nat) (omega : nat -> R) (alpha : nat -> nat -> R).
Hypothesis omega_pos : forall l, (l < L)%nat -> 0 <= omega l.
Definition value (l : nat) (u : nat -> R) : R := sum D (fun a => alpha l a * u a).
Definition metric (u v : nat -> R) : R := sum L (fun l => omega l * value l u * value l v).

Lemma value_combine l s u t v : value l (fun a => s * u a + t * v a) = s * value l u + t * value l v.
Proof. unfold value. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros; ring. Qed.
Lemma value_ext l u v : (forall a, (a < D)%nat -> u a = v a) -> value l u = value l v.
Proof. intros H. apply sum_ext. intros a Ha. now rewrite H. Qed.
Lemma metric_sym u v : metric u v = metric v u.
Proof. apply sum_ext. intros; ring. Qed.
Lemma metric_combine s u t v z :
  metric (fun a => s * u a + t * v a) z = s * metric u z + t * metric v z.
Proof.
  unfold metric. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros l _.
  rewrite value_combine. ring.
Qed.
Lemma metric_ext u v z : (forall a, (a < D)%nat -> u a = v a) -> metric u z = metric v z.
Proof. intros H. apply sum_ext. intros l _. now rewrite (value_ext l u v H). Qed.
Lemma metric_ext2 u v : (forall a, (a < D)%nat -> u a = v a) -> metric u u = metric v v.
Proof.
  intros H. rewrite (metric_ext u v u H), (metric_sym v u), (metric_ext u v v H). reflexivity.
Qed.
Lemma metric_square s u t v : metric (fun a => s * u a + t * v a) (fun a => s * u a + t * v a)
  = s ^ 2 * metric u u + 2 * s * t * metric u v + t ^ 2 * metric v v.
Proof.
  rewrite metric_combine, (metric_sym u (fun a => _)), (metric_sym v (fun a => _)), !metric_combine,
    (metric_sym v u). ring.
Qed.
Lemma metric_pos u : 0 <= metric u u.
Proof.
  apply sum_ge0. intros l Hl. rewrite Rmult_assoc. apply Rmult_le_pos; auto.
  assert (0 <= value l u ^ 2) by apply pow2_ge_0. nra.
Qed.
Lemma metric_null q u : metric q q = 0 -> metric u q = 0.
Proof.
  intros Hq.
  assert (H : forall s, 0 <= metric u u - 2 * s * metric u q).
  { intros s. pose proof (metric_pos (fun a => - s * q a + 1 * u a)) as H.
    rewrite metric_square, Hq, (metric_sym q u) in H. lra. }
  destruct (Req_dec (metric u q) 0) as [|Hne]; auto. exfalso.
  specialize (H ((metric u u + 1) / (2 * metric u q))).
  replace (2 * ((metric u u + 1) / (2 * metric u q)) * metric u q) with (metric u u + 1) in H
    by (field; lra). lra.
Qed.

Variables (J M : nat) (kappa : nat -> R) (r : R).
Hypothesis kappa_pos : forall k, (k < M)%nat -> 0 <= kappa k.
Hypothesis r_pos : 0 <= r.
Definition combination (n : nat) (g : nat -> R) (V : nat -> nat -> R) (a : nat) : R :=
  sum n (fun i => g i * V i a).
Lemma metric_combination n g V z : metric (combination n g V) z = sum n (fun i => g i * metric (V i) z).
Proof.
  induction n as [|n IH].
  - rewrite (metric_ext _ (fun a => 0 * z a + 0 * z a)), metric_combine; [simpl; ring|].
    intros. unfold combination. simpl. ring.
  - simpl. rewrite <- IH, (metric_ext _ (fun a => 1 * combination n g V a + g n * V n a)).
    + rewrite metric_combine. ring.
    + intros. unfold combination. simpl. ring.
Qed.
Definition distance (n : nat) (g : nat -> nat -> R) (V T : nat -> nat -> R) : R :=
  sum J (fun j => let e := fun a => combination n (g j) V a - T j a in metric e e).

Theorem rank_bound n : forall (g V T y : nat -> nat -> R),
  (forall b, sum J (fun j => metric (T j) b ^ 2)
             <= r * metric b b + sum M (fun k => kappa k * metric (y k) b ^ 2)) ->
  sum J (fun j => metric (T j) (T j)) - r * INR n - sum M (fun k => kappa k * metric (y k) (y k))
  <= distance n g V T.
Proof.
  induction n as [|n IH]; intros g V T y H.
  - assert (E : distance 0 g V T = sum J (fun j => metric (T j) (T j))).
    { apply sum_ext. intros j _. cbv zeta. unfold combination. simpl sum.
      rewrite (metric_ext2 _ (fun a => -1 * T j a + 0 * T j a)), metric_square; [ring | intros; ring]. }
    assert (0 <= sum M (fun k => kappa k * metric (y k) (y k)))
      by (apply sum_ge0; intros; apply Rmult_le_pos; auto; apply metric_pos).
    rewrite E. simpl INR. lra.
  - set (q := V n). rewrite S_INR.
    destruct (Req_dec (metric q q) 0) as [Hq|Hq].
    + specialize (IH g V T y H).
      assert (E : distance (S n) g V T = distance n g V T); [|rewrite E; lra].
      apply sum_ext. intros j _. cbv zeta.
      set (e := fun a => combination n (g j) V a - T j a).
      rewrite (metric_ext2 _ (fun a => 1 * e a + g j n * q a)), metric_square, (metric_null q e Hq), Hq.
      * ring.
      * intros. unfold e, combination, q. simpl. ring.
    + pose proof (metric_pos q) as Hq0. assert (Hqp : 0 < metric q q) by lra.
      set (proj := fun (u : nat -> R) a => 1 * u a + (- (metric u q / metric q q)) * q a).
      assert (Pl : forall u v, metric (proj u) v = metric u v - metric u q * metric q v / metric q q).
      { intros u v. unfold proj. rewrite metric_combine. field. lra. }
      assert (Pr : forall u v, metric (proj u) v = metric u (proj v)).
      { intros u v. rewrite (metric_sym u (proj v)), !Pl, (metric_sym v u), (metric_sym v q).
        rewrite (metric_sym q u). field. lra. }
      assert (Pp : forall u v, metric (proj u) (proj v) = metric u v - metric u q * metric q v / metric q q).
      { intros u v. rewrite Pl, <- Pr, Pl. rewrite (metric_sym q (proj v)), Pl.
        rewrite (metric_sym v q). field. lra. }
      specialize (IH g (fun i => proj (V i)) (fun j => proj (T j)) (fun k => proj (y k))).
      assert (H' : forall b, sum J (fun j => metric (proj (T j)) b ^ 2)
         <= r * metric b b + sum M (fun k => kappa k * metric (proj (y k)) b ^ 2)).
      { intros b. rewrite (sum_ext J _ (fun j => metric (T j) (proj b) ^ 2)) by (intros; now rewrite Pr).
        rewrite (sum_ext M _ (fun k => kappa k * metric (y k) (proj b) ^ 2)) by (intros; now rewrite Pr).
        eapply Rle_trans; [apply H|]. apply Rplus_le_compat_r, Rmult_le_compat_l; auto.
        rewrite Pp, (metric_sym q b).
        assert (0 <= metric b q * metric b q / metric q q); [|lra].
        apply Rmult_le_pos; [nra | left; now apply Rinv_0_lt_compat]. }
      specialize (IH H'). cbv beta in IH.
      assert (A : distance n g (fun i => proj (V i)) (fun j => proj (T j)) <= distance (S n) g V T).
      { apply sum_le. intros j _. cbv zeta.
        set (e := fun a => combination (S n) (g j) V a - T j a).
        rewrite (metric_ext2 _ (proj e)).
        - rewrite Pp. assert (0 <= metric e q * metric q e / metric q q); [|lra].
          rewrite (metric_sym q e). apply Rmult_le_pos; [nra | left; now apply Rinv_0_lt_compat].
        - intros a _. unfold proj, e.
          rewrite (metric_ext (fun a => combination (S n) (g j) V a - T j a)
            (fun a => 1 * combination (S n) (g j) V a + -1 * T j a) q) by (intros; ring).
          rewrite metric_combine, metric_combination. simpl sum. fold q. unfold combination.
          simpl sum. fold q.
          rewrite (sum_ext n (fun i => g j i * (1 * V i a + _)) (fun i => g j i * V i a
            + (g j i * metric (V i) q) * (- (/ metric q q * q a)))) by (intros; unfold Rdiv; ring).
          rewrite sum_plus, sum_scal_r. field. lra. }
      pose proof (H q) as Hq'.
      assert (B : forall u, metric (proj u) (proj u) = metric u u - metric u q ^ 2 / metric q q).
      { intros u. rewrite Pp, (metric_sym q u). field. lra. }
      rewrite (sum_ext J _ _ (fun j _ => B (T j))) in IH.
      rewrite (sum_ext M (fun k => kappa k * metric (proj (y k)) (proj (y k)))
        (fun k => kappa k * metric (y k) (y k) - (kappa k * metric (y k) q ^ 2) * / metric q q)) in IH
        by (intros k _; rewrite B; unfold Rdiv; ring).
      rewrite !sum_minus, (sum_scal_r M) in IH.
      unfold Rdiv in IH. rewrite (sum_scal_r J) in IH.
      assert (C : (sum J (fun j => metric (T j) q ^ 2)) * / metric q q
        <= r + sum M (fun k => kappa k * metric (y k) q ^ 2) * / metric q q).
      { replace (r + _) with ((r * metric q q + sum M (fun k => kappa k * metric (y k) q ^ 2)) * / metric q q)
          by (field; lra). apply Rmult_le_compat_r; auto. left; now apply Rinv_0_lt_compat. }
      lra.
Qed.
End Rank.

(** ** Bessel's inequality *)
Section Bessel.
Variables (n : nat) (y : nat -> nat -> R) (omega : nat -> R).
Definition along_row (l : nat) (u : nat -> R) : R := sum n (fun k => y l k * u k).
Lemma bessel_step (u : nat -> R) q t : 0 <= t -> t * sum n (fun k => q k ^ 2) <= 1 ->
  t * sum n (fun k => q k * u k) ^ 2
  + sum n (fun k => (u k - t * sum n (fun k => q k * u k) * q k) ^ 2) <= sum n (fun k => u k ^ 2).
Proof.
  intros Ht H. set (s := sum n (fun k => q k * u k)).
  rewrite (sum_ext n (fun k => (u k - _) ^ 2) (fun k => u k ^ 2 - (2 * t * s) * (q k * u k)
    + (t * s) ^ 2 * q k ^ 2)) by (intros; ring).
  rewrite sum_plus, sum_minus, !sum_scal. fold s. set (Q := sum n (fun k => q k ^ 2)) in *.
  assert (0 <= t * s ^ 2) by (apply Rmult_le_pos; [auto | apply pow2_ge_0]).
  assert (t * s ^ 2 * (t * Q) <= t * s ^ 2 * 1) by (now apply Rmult_le_compat_l).
  lra.
Qed.
Theorem bessel_inequality L : (forall l, (l < L)%nat -> 0 <= omega l
    /\ omega l * sum n (fun k => y l k ^ 2) <= 1) ->
  (forall l l', (l < l')%nat -> (l' < L)%nat -> sum n (fun k => y l k * y l' k) = 0) ->
  forall u, sum L (fun l => omega l * sum n (fun k => y l k * u k) ^ 2) <= sum n (fun k => u k ^ 2).
Proof.
  induction L as [|L IH]; intros Ho Hy u.
  - simpl. apply sum_ge0. intros. apply pow2_ge_0.
  - destruct (Ho L ltac:(lia)) as [H1 H2].
    pose proof (bessel_step u (y L) (omega L) H1 H2) as B.
    set (s := sum n (fun k => y L k * u k)) in *.
    assert (A : sum L (fun l => omega l * sum n (fun k => y l k * (u k - omega L * s * y L k)) ^ 2)
      <= sum n (fun k => (u k - omega L * s * y L k) ^ 2)).
    { apply IH; [intros; apply Ho; lia | intros; apply Hy; lia]. }
    simpl sum. fold s.
    rewrite (sum_ext L _ (fun l => omega l * sum n (fun k => y l k * u k) ^ 2)) in A; [simpl in *; lra|].
    intros l Hl. f_equal. f_equal.
    rewrite (sum_ext n _ (fun k => y l k * u k - (omega L * s) * (y l k * y L k))) by (intros; ring).
    rewrite sum_minus, sum_scal, (Hy l L) by lia. ring.
Qed.
End Bessel.

(** ** The proofs for a block on a set Z of networks *)
Section Leaves.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Variable P : network.
Hypothesis Hbalanced : balanced p P.
Notation N := (points p). Notation J := (outputs p). Notation m := (width P).
Variables (Z : network -> Prop) (L : nat) (y : nat -> nat -> R) (nb db : nat -> nat) (b : nat)
  (omega : nat -> R).
Hypothesis omega_pos : forall l, (l < L)%nat -> 0 <= omega l.
Hypothesis bessel : forall u : nat -> R,
  sum L (fun l => omega l * sum N (fun k => y l k * u k) ^ 2)
  <= sum N (fun k => in_block db b k (u k ^ 2)).
Hypothesis no_bias : has_output_bias p = true -> forall l, (l < L)%nat -> sum N (y l) = 0.
Hypothesis outside : forall Q i l j, (i < m)%nat -> nb i <> b -> (l < L)%nat -> part p P y Q i l j = 0.
Variables (G : nat -> network -> R) (lambda : nat -> nat -> nat -> network -> R)
  (zeta : nat -> network -> R).
Hypothesis Hcost : forall i Q, (i < m)%nat -> nb i = b -> Z Q -> 0 <= cost p P Q i.
Hypothesis Hzeta : forall i Q, 0 <= zeta i Q.
Hypothesis Hroles : forall i, (i < m)%nat -> nb i = b -> role p P Z L y i (G i) (lambda i) (zeta i).

Definition block_sum (f : nat -> R) : R := sum m (fun i => in_block nb b i (f i)).
Definition weights (l : nat) : R := scale p * omega l.
Lemma weights_pos l : (l < L)%nat -> 0 <= weights l.
Proof. intros Hl. unfold weights. apply Rmult_le_pos; [lra | auto]. Qed.
Definition nonnegative_near : Prop :=
  exists eps, 0 < eps /\ forall Q, Z Q -> near p eps P Q -> 0 <= block_change p P nb db Q b.

Lemma block_below Q : block_sum (first_order p P Q)
  + squares L J weights (feature p P y Q) <= block_change p P nb db Q b.
Proof.
  eapply Rle_trans; [|apply (block_features p scale_pos P L y nb db b omega bessel Q)].
  apply Rplus_le_compat_l. unfold squares, weights. rewrite <- sum_scal. right.
  apply sum_ext. intros; ring.
Qed.

Theorem definite_leaf c (S2 : network -> R) : 0 < c -> (forall Q, 0 <= S2 Q) ->
  (exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> Z Q -> near p eps P Q ->
     block_sum (fun i => zeta i Q) ^ 2 <= C * S2 Q
     /\ Rabs (block_sum (fun i => G i Q)) <= C * S2 Q
     /\ c * S2 Q - C * eps * block_sum (cost p P Q) <= block_sum (fun i => G i Q)
        + squares L J weights (fun l j => block_sum (fun i => lambda i l j Q))) ->
  nonnegative_near.
Proof.
  intros Hc HS (C1 & HC1 & H1).
  destruct (roles_together p P Z L y nb b no_bias outside G lambda zeta Hcost Hzeta Hroles)
    as (C2 & HC2 & H2).
  destruct (definite_core L J weights weights_pos c (C1 + C2) Hc ltac:(lra)) as (eps & He & Hcore).
  exists eps. split; [lra|]. intros Q HQ Hn.
  destruct (H1 eps Q He HQ Hn) as (A1 & A2 & A3). destruct (H2 eps Q He HQ Hn) as (B1 & B2 & B3).
  cbv beta zeta in B1, B2, B3. fold (block_sum (cost p P Q)) in *.
  fold (block_sum (first_order p P Q)) in *. fold (block_sum (fun i => G i Q)) in *.
  fold (block_sum (fun i => zeta i Q)) in *.
  specialize (HS Q). eapply Rle_trans; [|apply block_below].
  assert (Z0 : 0 <= block_sum (fun i => zeta i Q)).
  { apply sum_ge0. intros i _. unfold in_block. destruct (Nat.eqb _ _); [apply Hzeta | lra]. }
  set (Phi := block_sum (cost p P Q)) in *. set (zt := block_sum (fun i => zeta i Q)) in *.
  assert (E1 : 0 <= C2 * S2 Q) by (now apply Rmult_le_pos).
  assert (E2 : 0 <= C1 * eps) by (apply Rmult_le_pos; lra).
  assert (E3 : 0 <= C1 * eps * Phi) by (apply Rmult_le_pos; lra).
  assert (E4 : 0 <= C2 * eps * Phi) by (repeat apply Rmult_le_pos; lra).
  assert (K : 0 <= Phi * (1 - (C1 + C2) * eps) + block_sum (fun i => G i Q)
    + squares L J weights (feature p P y Q)); [|lra].
  apply (Hcore eps Phi (S2 Q) zt _ _ (fun l j => block_sum (fun i => lambda i l j Q)));
    auto; try lra.
  intros l j Hl Hj. eapply Rle_trans; [exact (B3 l j Hl Hj)|].
  apply Rmult_le_compat_r; [|lra]. assert (0 <= eps * zt) by (apply Rmult_le_pos; lra). lra.
Qed.

Theorem exact_leaf : (forall i Q, zeta i Q = 0) ->
  (exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> Z Q -> near p eps P Q ->
     0 <= block_sum (fun i => G i Q)
        + squares L J weights (fun l j => block_sum (fun i => lambda i l j Q))
     /\ forall l j, (l < L)%nat -> (j < J)%nat ->
        Rabs (block_sum (fun i => lambda i l j Q)) <= C * eps) ->
  nonnegative_near.
Proof.
  intros Hz (C1 & HC1 & H1).
  destruct (roles_together p P Z L y nb b no_bias outside G lambda zeta Hcost Hzeta Hroles)
    as (C2 & HC2 & H2).
  destruct (exact_core L J weights weights_pos (C1 + C2) ltac:(lra)) as (eps & He & Hcore).
  exists eps. split; [lra|]. intros Q HQ Hn.
  destruct (H1 eps Q He HQ Hn) as (A1 & A2). destruct (H2 eps Q He HQ Hn) as (B1 & B2 & B3).
  cbv beta zeta in B1, B2, B3. fold (block_sum (cost p P Q)) in *.
  fold (block_sum (first_order p P Q)) in *. fold (block_sum (fun i => G i Q)) in *.
  eapply Rle_trans; [|apply block_below].
  set (Phi := block_sum (cost p P Q)) in *.
  assert (E2 : 0 <= C1 * eps * Phi) by (repeat apply Rmult_le_pos; lra).
  assert (K : 0 <= Phi * (1 - (C1 + C2) * eps) + block_sum (fun i => G i Q)
    + squares L J weights (feature p P y Q)); [|lra].
  apply (Hcore eps Phi _ _ (fun l j => block_sum (fun i => lambda i l j Q))); auto; try lra.
  - intros l j Hl Hj. eapply Rle_trans; [exact (A2 l j Hl Hj)|]. apply Rmult_le_compat_r; lra.
  - intros l j Hl Hj. eapply Rle_trans; [exact (B3 l j Hl Hj)|].
    rewrite (sum_zero m (fun i => in_block nb b i (zeta i Q))), Rmult_0_r, Rplus_0_l.
    + apply Rmult_le_compat_r; lra.
    + intros i _. unfold in_block. destruct (Nat.eqb _ _); auto.
Qed.
End Leaves.

(** ** Rescaling *)
(** The loss does not change if w_i is multiplied and h_i divided by a positive number, so that
    networks with f_i . (change of w_i) = 0 are enough where f_i . w_i != 0. *)
Section Gauge.
Variable p : problem.
Variable P : network.
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation m := (width P).
Variable f : nat -> vector.
Definition in_gauge (Q : network) : Prop := forall i, (i < m)%nat ->
  dot p (w P i) (f i) <> 0 -> dot p (moved P Q i) (f i) = 0.

Definition factor (i : nat) (u : vector) : R :=
  if Req_EM_T (dot p (w P i) (f i)) 0 then 1 else dot p (w P i) (f i) / dot p u (f i).
Lemma factor_near i eps : 0 < eps -> exists e, 0 < e /\ forall u g,
  (forall a, (a < d)%nat -> Rabs (u a - w P i a) < e) ->
  (forall j, (j < J)%nat -> Rabs (g j - h P i j) < e) ->
  0 < factor i u /\ (forall a, (a < d)%nat -> Rabs (factor i u * u a - w P i a) < eps)
  /\ (forall j, (j < J)%nat -> Rabs (/ factor i u * g j - h P i j) < eps)
  /\ (dot p (w P i) (f i) <> 0 -> dot p (fun a => factor i u * u a) (f i) = dot p (w P i) (f i)).
Proof.
  intros He. unfold factor. destruct (Req_EM_T (dot p (w P i) (f i)) 0) as [E|E].
  - exists eps. split; auto. intros u g Hu Hg. rewrite Rinv_1. split; [lra|]. split; [|split].
    + intros a Ha. rewrite Rmult_1_l. auto.
    + intros j Hj. rewrite Rmult_1_l. auto.
    + intros; lra.
  - set (F := dot p (w P i) (f i)) in *.
    set (B := sum d (fun a => Rabs (f i a))).
    set (M := sum d (fun a => Rabs (w P i a)) + sum J (fun j => Rabs (h P i j))).
    assert (HB : 0 <= B) by (apply sum_ge0; intros; apply Rabs_pos).
    assert (HM1 : 0 <= sum d (fun a => Rabs (w P i a))) by (apply sum_ge0; intros; apply Rabs_pos).
    assert (HM2 : 0 <= sum J (fun j => Rabs (h P i j))) by (apply sum_ge0; intros; apply Rabs_pos).
    assert (HF : 0 < Rabs F) by (now apply Rabs_pos_lt).
    set (e := Rmin (Rabs F / (2 * (B + 1))) (eps / (2 + 2 * (B / Rabs F) * M + 1))).
    assert (HBF : 0 <= B / Rabs F) by (apply Rmult_le_pos; [auto | left; now apply Rinv_0_lt_compat]).
    assert (HBM : 0 <= 2 * (B / Rabs F) * M).
    { apply Rmult_le_pos; [lra|]. unfold M. lra. }
    assert (H0 : 0 < e).
    { apply Rmin_glb_lt; apply Rdiv_lt_0_compat; lra. }
    assert (H1 : e * (2 * (B + 1)) <= Rabs F).
    { assert (e <= Rabs F / (2 * (B + 1))) by apply Rmin_l.
      apply (Rmult_le_compat_r (2 * (B + 1))) in H; [|lra].
      replace (Rabs F / (2 * (B + 1)) * (2 * (B + 1))) with (Rabs F) in H by (field; lra). exact H. }
    assert (H2 : e * (2 + 2 * (B / Rabs F) * M + 1) <= eps).
    { assert (A : forall t, 0 < t -> e <= eps / t -> e * t <= eps).
      { intros t Ht H. apply (Rmult_le_compat_r t) in H; [|lra].
        replace (eps / t * t) with eps in H by (field; lra). exact H. }
      apply A; [clearbody M; lra | apply Rmin_r]. }
    exists e. split; auto. intros u g Hu Hg.
    assert (Hd : Rabs (dot p u (f i) - F) <= e * B).
    { unfold F. rewrite <- dot_minus. apply dot_bound. intros a Ha. left. auto. }
    set (D := dot p u (f i)) in *.
    assert (HeB : e * B <= Rabs F / 2) by lra.
    assert (HD : 0 < F / D /\ Rabs F / 2 <= Rabs D).
    { assert (A : Rabs (D - F) <= Rabs F / 2) by lra. revert A HF E. unfold Rabs.
      destruct (Rcase_abs (D - F)), (Rcase_abs F), (Rcase_abs D); intros; split; try lra.
      all: try (exfalso; lra).
      all: first [ apply Rdiv_lt_0_compat; lra
        | replace (F / D) with ((- F) / (- D)) by (field; lra); apply Rdiv_lt_0_compat; lra ]. }
    destruct HD as [HD1 HD2].
    assert (HD0 : D <> 0) by (intros E0; rewrite E0, Rabs_R0 in HD2; lra).
    assert (HDp : 0 < Rabs D) by lra.
    assert (G1 : Rabs (F / D - 1) <= e * (2 * (B / Rabs F))).
    { replace (F / D - 1) with ((F - D) / D) by (field; auto).
      unfold Rdiv at 1. rewrite Rabs_mult, Rabs_inv by auto. rewrite Rabs_minus_sym.
      apply (Rmult_le_reg_r (Rabs D)); auto. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
      eapply Rle_trans; [exact Hd|]. apply Rle_trans with (e * (2 * (B / Rabs F)) * (Rabs F / 2)).
      - right. field. lra.
      - apply Rmult_le_compat_l; auto. apply Rmult_le_pos; lra. }
    assert (G2 : Rabs (/ (F / D) - 1) <= e * (B / Rabs F)).
    { replace (/ (F / D) - 1) with ((D - F) * / F) by (field; auto).
      rewrite Rabs_mult, Rabs_inv by auto. unfold Rdiv. rewrite <- Rmult_assoc.
      apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | auto]. }
    assert (HeF : e * (B / Rabs F) <= 1 / 2).
    { replace (e * (B / Rabs F)) with (e * B / Rabs F) by (field; lra).
      apply (Rmult_le_reg_r (Rabs F)); auto. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    assert (S1 : Rabs (F / D) <= 2).
    { replace (F / D) with ((F / D - 1) + 1) by ring. eapply Rle_trans; [apply Rabs_triang|].
      rewrite Rabs_R1. lra. }
    assert (S2 : Rabs (/ (F / D)) <= 2).
    { replace (/ (F / D)) with ((/ (F / D) - 1) + 1) by ring. eapply Rle_trans; [apply Rabs_triang|].
      rewrite Rabs_R1. lra. }
    split; [exact HD1|]. split; [|split].
    + intros a Ha. replace (F / D * u a - w P i a)
        with (F / D * (u a - w P i a) + (F / D - 1) * w P i a) by ring.
      eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite !Rabs_mult. specialize (Hu a Ha).
      assert (A1 : Rabs (w P i a) <= M).
      { pose proof (sum_term d (fun a => Rabs (w P i a)) a Ha (fun _ _ => Rabs_pos _)) as T.
        cbv beta in T. unfold M. lra. }
      assert (A2 : Rabs (F / D) * Rabs (u a - w P i a) <= 2 * e)
        by (apply Rmult_le_compat; try apply Rabs_pos; lra).
      assert (A3 : Rabs (F / D - 1) * Rabs (w P i a) <= e * (2 * (B / Rabs F)) * M)
        by (apply Rmult_le_compat; try apply Rabs_pos; lra).
      clearbody M. lra.
    + intros j Hj. replace (/ (F / D) * g j - h P i j)
        with (/ (F / D) * (g j - h P i j) + (/ (F / D) - 1) * h P i j) by ring.
      eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite !Rabs_mult. specialize (Hg j Hj).
      assert (A1 : Rabs (h P i j) <= M).
      { pose proof (sum_term J (fun j => Rabs (h P i j)) j Hj (fun _ _ => Rabs_pos _)) as T.
        cbv beta in T. unfold M. lra. }
      assert (A2 : Rabs (/ (F / D)) * Rabs (g j - h P i j) <= 2 * e)
        by (apply Rmult_le_compat; try apply Rabs_pos; lra).
      assert (A3 : Rabs (/ (F / D) - 1) * Rabs (h P i j) <= e * (B / Rabs F) * M)
        by (apply Rmult_le_compat; try apply Rabs_pos; lra).
      assert (0 <= e * (B / Rabs F) * M).
      { apply Rmult_le_pos; [|unfold M; lra]. apply Rmult_le_pos; lra. }
      clearbody M. lra.
    + intros _. rewrite dot_scal. fold D. field. auto.
Qed.

Theorem gauge_minimum :
  (exists eps, 0 < eps /\ forall Q, near p eps P Q -> in_gauge Q -> loss p P <= loss p Q) ->
  local_minimum p P.
Proof.
  intros (eps & He & H).
  destruct (finite_radius m (fun i e => forall u g,
    (forall a, (a < d)%nat -> Rabs (u a - w P i a) < e) ->
    (forall j, (j < J)%nat -> Rabs (g j - h P i j) < e) ->
    0 < factor i u /\ (forall a, (a < d)%nat -> Rabs (factor i u * u a - w P i a) < eps)
    /\ (forall j, (j < J)%nat -> Rabs (/ factor i u * g j - h P i j) < eps)
    /\ (dot p (w P i) (f i) <> 0 -> dot p (fun a => factor i u * u a) (f i) = dot p (w P i) (f i))))
    as (e & He' & Hf).
  { intros i e e' A Hlt u g Hu Hg. apply A; intros; (eapply Rlt_le_trans; [|apply Hlt]); auto. }
  { intros i _. now apply factor_near. }
  exists (Rmin e eps). split; [now apply Rmin_glb_lt|]. intros Q (Hw & HQw & HQh & HQc).
  pose proof (Rmin_l e eps) as M1. pose proof (Rmin_r e eps) as M2.
  assert (HF : forall i, (i < m)%nat -> _) by (intros i Hi; apply (Hf i Hi (w Q i) (h Q i));
    intros; (eapply Rlt_le_trans; [|exact M1]); auto).
  set (Q' := Network (width Q) (fun i a => factor i (w Q i) * w Q i a)
    (fun i j => / factor i (w Q i) * h Q i j) (c Q)).
  assert (E : loss p Q' = loss p Q).
  { unfold loss. f_equal. apply sum_ext. intros k _. apply sum_ext. intros j _. f_equal.
    unfold residual. f_equal. unfold prediction. f_equal. simpl width. rewrite Hw.
    apply sum_ext. intros i Hi. destruct (HF i Hi) as (A & _). simpl h. simpl w.
    change (dot p (fun a => factor i (w Q i) * w Q i a) (input p k))
      with (dot p (fun a => factor i (w Q i) * w Q i a) (input p k)).
    rewrite dot_scal, rho_scal by lra. field. lra. }
  rewrite <- E. apply H.
  - split; [exact Hw|]. split; [|split]; simpl.
    + intros i a Hi Ha. now apply (HF i Hi).
    + intros i j Hi Hj. now apply (HF i Hi).
    + intros j Hj. eapply Rlt_le_trans; [|exact M2]. auto.
  - intros i Hi Hne. unfold moved. rewrite dot_minus. simpl w.
    destruct (HF i Hi) as (_ & _ & _ & D). rewrite (D Hne). ring.
Qed.
End Gauge.
