(** The Riemann integral of piecewise polynomials: uniqueness, existence, linearity, monotonicity,
    additivity over intervals.  (The standard library's integral needs the axiom of excluded middle,
    this one does not.) *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions.
Import ListNotations.
Local Open Scope R_scope.

(** ** Uniqueness *)
Lemma natural_above x : exists n, x < INR n.
Proof.
  exists (Z.to_nat (up x)). destruct (archimed x) as [A _].
  destruct (Z_le_gt_dec 0 (up x)) as [E|E].
  - rewrite INR_IZR_INZ, Z2Nat.id by auto. lra.
  - pose proof (IZR_lt (up x) 0 ltac:(lia)). pose proof (pos_INR (Z.to_nat (up x))). lra.
Qed.

Lemma fine_division_exists delta a b : 0 < delta -> a <= b -> exists l, fine_division delta a l b.
Proof.
  intros Hd Hab.
  assert (H : forall n a', a' <= b -> b - a' <= INR n * (delta / 2) ->
              exists l, fine_division delta a' l b).
  { induction n as [|n IH]; intros a' Ha Hn.
    - exists []. simpl in *. lra.
    - rewrite S_INR in Hn. destruct (Rle_dec (b - a') (delta / 2)) as [E|E].
      + exists [(b, b)]. simpl. repeat split; lra.
      + destruct (IH (a' + delta / 2)) as [l Hl]; [lra | lra |].
        exists ((a', a' + delta / 2) :: l). simpl. repeat split; auto; lra. }
  destruct (natural_above ((b - a) / (delta / 2))) as [n Hn].
  apply (H n a); [lra|]. assert ((b - a) / (delta / 2) * (delta / 2) = b - a) by (field; lra). nra.
Qed.

Lemma fine_division_smaller delta delta' l : delta <= delta' -> forall a b,
  fine_division delta a l b -> fine_division delta' a l b.
Proof.
  intros Hd. induction l as [|[s t] l IH]; intros a b H; simpl in *; auto.
  destruct H as (A & B & C). repeat split; auto; lra.
Qed.

Lemma riemann_sum_le f g delta b l : forall a, fine_division delta a l b ->
  (forall x, a <= x <= b -> f x <= g x) -> a <= b /\ riemann_sum f a l <= riemann_sum g a l.
Proof.
  induction l as [|[s t] l IH]; intros a H Hfg; simpl in *; [lra|].
  destruct H as (A & B & C). assert (Htb : t <= b).
  { clear - C. revert t C. induction l as [|[s' t'] l IH]; intros t C; simpl in C; [lra|].
    destruct C as (A & B & C). apply IH in C. lra. }
  destruct (IH t C) as [_ D]; [intros x Hx; apply Hfg; lra|].
  assert (f s <= g s) by (apply Hfg; lra).
  split; [lra|]. apply Rplus_le_compat; auto. apply Rmult_le_compat_r; lra.
Qed.

Theorem integral_le f g a b v w : a <= b -> integral f a b v -> integral g a b w ->
  (forall x, a <= x <= b -> f x <= g x) -> v <= w.
Proof.
  intros Hab Hf Hg Hfg. apply le_epsilon. intros eps He.
  destruct (Hf (eps / 2)) as [d1 [H1 A]]; [lra|]. destruct (Hg (eps / 2)) as [d2 [H2 B]]; [lra|].
  destruct (fine_division_exists (Rmin d1 d2) a b) as [l Hl]; [now apply Rmin_glb_lt | auto |].
  specialize (A l (fine_division_smaller _ _ l (Rmin_l d1 d2) _ _ Hl)).
  specialize (B l (fine_division_smaller _ _ l (Rmin_r d1 d2) _ _ Hl)).
  destruct (riemann_sum_le f g _ b l a Hl Hfg) as [_ C].
  apply Rabs_def2 in A. apply Rabs_def2 in B. lra.
Qed.

Theorem integral_unique f a b v w : a <= b -> integral f a b v -> integral f a b w -> v = w.
Proof. intros Hab A B. apply Rle_antisym; eapply integral_le; eauto; intros; lra. Qed.

(** ** Primitives *)
(** F is a primitive of f on [a, b], with an error of second order in the length. *)
Definition primitive (f F : R -> R) (a b : R) : Prop := exists K, 0 <= K /\
  forall t x s, a <= t -> t <= x -> x <= s -> s <= b ->
    Rabs (F s - F t - f x * (s - t)) <= K * (s - t) ^ 2.
Definition area (f : R -> R) (a b value : R) : Prop :=
  a <= b /\ exists F, primitive f F a b /\ value = F b - F a.

Lemma riemann_sum_close f F K delta b : (0 <= K) -> 0 < delta -> forall l a,
  (forall t x s, a <= t -> t <= x -> x <= s -> s <= b ->
    Rabs (F s - F t - f x * (s - t)) <= K * (s - t) ^ 2) ->
  fine_division delta a l b ->
  a <= b /\ Rabs (riemann_sum f a l - (F b - F a)) <= K * delta * (b - a).
Proof.
  intros HK Hd. induction l as [|[s t] l IH]; intros a HF H; simpl in *.
  - subst. split; [lra|]. rewrite Rminus_diag_eq by ring. rewrite Rabs_R0. nra.
  - destruct H as (A & B & C).
    destruct (IH t) as [Htb D]; [intros; apply HF; lra | auto |]. split; [lra|].
    assert (E : Rabs (F t - F a - f s * (t - a)) <= K * (t - a) ^ 2) by (apply HF; lra).
    assert (K * (t - a) ^ 2 <= K * delta * (t - a)).
    { replace (K * delta * (t - a)) with (K * (delta * (t - a))) by ring.
      apply Rmult_le_compat_l; auto. nra. }
    replace (f s * (t - a) + riemann_sum f t l - (F b - F a))
      with (- (F t - F a - f s * (t - a)) + (riemann_sum f t l - (F b - F t))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. nra.
Qed.

Theorem area_integral f a b v : area f a b v -> integral f a b v.
Proof.
  intros [Hab [F [[K [HK HF]] ->]]] eps He. exists (eps / (K * (b - a) + 1)).
  assert (0 <= K * (b - a)) by (apply Rmult_le_pos; lra).
  assert (Hd : 0 < eps / (K * (b - a) + 1)) by (apply Rdiv_lt_0_compat; lra).
  split; auto. intros l Hl.
  destruct (riemann_sum_close f F K _ b HK Hd l a HF Hl) as [_ H1].
  eapply Rle_lt_trans; [exact H1|].
  assert (eps / (K * (b - a) + 1) * (K * (b - a) + 1) = eps) by (field; lra). nra.
Qed.

Lemma area_value f a b v w : area f a b v -> integral f a b w -> w = v.
Proof. intros A B. apply (integral_unique f a b); auto; [apply A | now apply area_integral]. Qed.
Lemma area_unique f a b v w : area f a b v -> area f a b w -> v = w.
Proof. intros A B. apply (area_value f a b w); auto. now apply area_integral. Qed.
Lemma area_le f g a b v w : area f a b v -> area g a b w ->
  (forall x, a <= x <= b -> f x <= g x) -> v <= w.
Proof.
  intros A B. apply (integral_le f g a b); [apply A | |]; now apply area_integral.
Qed.

Lemma area_ext f g a b v : area f a b v -> (forall x, a <= x <= b -> f x = g x) -> area g a b v.
Proof.
  intros [Hab [F [[K [HK HF]] ->]]] H. split; auto. exists F. split; auto. exists K. split; auto.
  intros t x s H1 H2 H3 H4. rewrite <- H by lra. auto.
Qed.

Lemma area_plus f g a b v w : area f a b v -> area g a b w -> area (fun x => f x + g x) a b (v + w).
Proof.
  intros [Hab [F [[K [HK HF]] ->]]] [_ [G [[L [HL HG]] ->]]]. split; auto.
  exists (fun x => F x + G x). split; [|ring]. exists (K + L). split; [lra|].
  intros t x s H1 H2 H3 H4. specialize (HF t x s H1 H2 H3 H4). specialize (HG t x s H1 H2 H3 H4).
  replace (F s + G s - (F t + G t) - (f x + g x) * (s - t))
    with ((F s - F t - f x * (s - t)) + (G s - G t - g x * (s - t))) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma area_scal f a b v c : area f a b v -> area (fun x => c * f x) a b (c * v).
Proof.
  intros [Hab [F [[K [HK HF]] ->]]]. split; auto.
  exists (fun x => c * F x). split; [|ring]. exists (Rabs c * K).
  split; [apply Rmult_le_pos; auto; apply Rabs_pos|].
  intros t x s H1 H2 H3 H4. specialize (HF t x s H1 H2 H3 H4).
  replace (c * F s - c * F t - c * f x * (s - t)) with (c * (F s - F t - f x * (s - t))) by ring.
  rewrite Rabs_mult. pose proof (Rabs_pos c). nra.
Qed.

Lemma area_0 a b : a <= b -> area (fun _ => 0) a b 0.
Proof.
  intros Hab. split; auto. exists (fun _ => 0). split; [|ring]. exists 0. split; [lra|].
  intros. replace (0 - 0 - 0 * (s - t)) with 0 by ring. rewrite Rabs_R0. lra.
Qed.
Lemma area_const a b c : a <= b -> area (fun _ => c) a b (c * (b - a)).
Proof.
  intros Hab. split; auto. exists (fun x => c * x). split; [|ring]. exists 0. split; [lra|].
  intros. replace (c * s - c * t - c * (s - t)) with 0 by ring. rewrite Rabs_R0. lra.
Qed.

Lemma area_sum n (f : nat -> R -> R) a b v : a <= b ->
  (forall j, (j < n)%nat -> area (f j) a b (v j)) ->
  area (fun x => sum n (fun j => f j x)) a b (sum n v).
Proof.
  intros Hab. induction n as [|n IH]; intros H; simpl; [now apply area_0|].
  apply area_plus; auto.
Qed.

Lemma area_part f a b v a' b' : area f a b v -> a <= a' -> a' <= b' -> b' <= b ->
  exists v', area f a' b' v'.
Proof.
  intros [Hab [F [[K [HK HF]] ->]]] H1 H2 H3. exists (F b' - F a'). split; auto.
  exists F. split; auto. exists K. split; auto. intros. apply HF; lra.
Qed.

Theorem area_chasles f a c b v w : area f a c v -> area f c b w -> area f a b (v + w).
Proof.
  intros [Hac [F [[K [HK HF]] ->]]] [Hcb [G [[L [HL HG]] ->]]]. split; [lra|].
  exists (fun x => if Rle_dec x c then F x - F c else G x - G c).
  split.
  2:{ destruct (Rle_dec a c), (Rle_dec b c); try lra. assert (b = c) by lra. subst. ring. }
  exists (5 * (K + L)). split; [lra|].
  assert (N : forall y, 0 <= y ^ 2) by (intros; apply pow2_ge_0).
  assert (LF : forall x, a <= x <= c -> Rabs (f x - f c) * (c - x) <= 2 * K * (c - x) ^ 2).
  { intros x Hx. pose proof (HF x x c ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as A.
    pose proof (HF x c c ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as B.
    rewrite <- (Rabs_right (c - x)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((f x - f c) * (c - x))
      with ((F c - F x - f c * (c - x)) + - (F c - F x - f x * (c - x))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
  assert (LG : forall x, c <= x <= b -> Rabs (f x - f c) * (x - c) <= 2 * L * (x - c) ^ 2).
  { intros x Hx. pose proof (HG c x x ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as A.
    pose proof (HG c c x ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as B.
    rewrite <- (Rabs_right (x - c)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((f x - f c) * (x - c))
      with ((G x - G c - f c * (x - c)) + - (G x - G c - f x * (x - c))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
  intros t x s H1 H2 H3 H4.
  destruct (Rle_dec s c) as [Es|Es], (Rle_dec t c) as [Et|Et]; try lra.
  - replace (F s - F c - (F t - F c)) with (F s - F t) by ring.
    eapply Rle_trans; [apply HF; lra|]. specialize (N (s - t)). nra.
  - (* the division straddles c *)
    apply Rnot_le_lt in Es.
    assert (Rabs (f x - f c) <= 2 * (K + L) * Rabs (x - c)).
    { destruct (Req_dec x c) as [->|Hne].
      - rewrite !Rminus_diag_eq by reflexivity. rewrite Rabs_R0. nra.
      - destruct (Rle_dec x c) as [Ex|Ex].
        + pose proof (LF x ltac:(lra)) as A. rewrite (Rabs_left1 (x - c)) by lra.
          apply (Rmult_le_reg_r (c - x)); [lra|]. specialize (N (c - x)). nra.
        + apply Rnot_le_lt in Ex. pose proof (LG x ltac:(lra)) as A. rewrite (Rabs_right (x - c)) by lra.
          apply (Rmult_le_reg_r (x - c)); [lra|]. specialize (N (x - c)). nra. }
    assert (Rabs (x - c) <= s - t) by (apply Rabs_le; lra).
    pose proof (HF t c c ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as A.
    pose proof (HG c c s ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as B.
    replace (G s - G c - (F t - F c) - f x * (s - t)) with
      ((F c - F t - f c * (c - t)) + (G s - G c - f c * (s - c)) + - ((f x - f c) * (s - t))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, Rabs_mult, (Rabs_right (s - t)) by lra.
    assert (Rabs (F c - F t - f c * (c - t) + (G s - G c - f c * (s - c)))
            <= K * (c - t) ^ 2 + L * (s - c) ^ 2) by (eapply Rle_trans; [apply Rabs_triang | lra]).
    assert ((c - t) ^ 2 <= (s - t) ^ 2) by nra. assert ((s - c) ^ 2 <= (s - t) ^ 2) by nra.
    assert (Rabs (f x - f c) * (s - t) <= 2 * (K + L) * (s - t) ^ 2).
    { replace (2 * (K + L) * (s - t) ^ 2) with (2 * (K + L) * (s - t) * (s - t)) by ring.
      apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [eassumption|].
      apply Rmult_le_compat_l; lra. }
    assert (K * (c - t) ^ 2 <= K * (s - t) ^ 2) by (apply Rmult_le_compat_l; auto).
    assert (L * (s - c) ^ 2 <= L * (s - t) ^ 2) by (apply Rmult_le_compat_l; auto).
    specialize (N (s - t)). nra.
  - replace (G s - G c - (G t - G c)) with (G s - G t) by ring.
    eapply Rle_trans; [apply HG; lra|]. specialize (N (s - t)). nra.
Qed.
