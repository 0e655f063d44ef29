(** Piecewise polynomials on an interval: they have areas, and so have their sums, products and
    what the activation makes of affine functions.  So every network has a loss. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration.
Import ListNotations.
Local Open Scope R_scope.

(** ** Functions with a primitive are bounded, and times x they have one *)
Lemma primitive_bounded f F a b : primitive f F a b -> exists M, 0 <= M /\
  (forall x, a <= x <= b -> Rabs (f x) <= M)
  /\ forall t s, a <= t -> t <= s -> s <= b -> Rabs (F s - F t) <= M * (s - t).
Proof.
  intros [K [HK HF]].
  assert (HM : exists M, 0 <= M /\ forall x, a <= x <= b -> Rabs (f x) <= M).
  { destruct (Rlt_dec a b) as [Hab|Hab].
    - exists (Rabs ((F b - F a) / (b - a)) + K * (b - a)).
      assert (0 <= K * (b - a)) by (apply Rmult_le_pos; lra).
      split; [pose proof (Rabs_pos ((F b - F a) / (b - a))); lra|].
      intros x Hx. specialize (HF a x b ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)).
      replace (f x) with ((F b - F a) / (b - a) + - (F b - F a - f x * (b - a)) / (b - a))
        by (field; lra).
      eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_l.
      unfold Rdiv. rewrite Rabs_mult, Rabs_Ropp, (Rabs_right (/ (b - a))).
      2:{ left. apply Rinv_0_lt_compat. lra. }
      apply (Rmult_le_reg_r (b - a)); [lra|]. rewrite Rmult_assoc, Rinv_l by lra. nra.
    - exists (Rabs (f a)). split; [apply Rabs_pos|]. intros x Hx. replace x with a by lra. lra. }
  destruct HM as [M [H0 HM]].
  destruct (Rle_dec a b) as [Hab|Hab].
  2:{ exists 0. split; [lra|]. split; intros; lra. }
  exists (M + K * (b - a)). assert (0 <= K * (b - a)) by (apply Rmult_le_pos; lra).
  split; [lra|]. split.
  - intros x Hx. specialize (HM x Hx). lra.
  - intros t s H1 H2 H3. specialize (HF t t s H1 ltac:(lra) H2 H3).
    specialize (HM t ltac:(lra)).
    replace (F s - F t) with ((F s - F t - f t * (s - t)) + f t * (s - t)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult (f t)), (Rabs_right (s - t)) by lra.
    assert (Rabs (f t) * (s - t) <= M * (s - t)) by (apply Rmult_le_compat_r; lra).
    assert (K * (s - t) ^ 2 <= K * (b - a) * (s - t)).
    { replace (K * (s - t) ^ 2) with (K * (s - t) * (s - t)) by ring.
      apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; lra. }
    lra.
Qed.

Lemma area_bounded f a b v : area f a b v ->
  exists M, 0 <= M /\ forall x, a <= x <= b -> Rabs (f x) <= M.
Proof.
  intros [_ [F [HF _]]]. destruct (primitive_bounded _ _ _ _ HF) as (M & A & B & _). eauto.
Qed.

(** Functions with a primitive are Lipschitz. *)
Lemma area_lipschitz f a b v : area f a b v -> exists L, 0 <= L /\
  forall x y, a <= x <= b -> a <= y <= b -> Rabs (f x - f y) <= L * Rabs (x - y).
Proof.
  intros [_ [F [[K [HK HF]] _]]]. exists (2 * K). split; [lra|].
  assert (H : forall x y, a <= x -> x <= y -> y <= b -> Rabs (f x - f y) <= 2 * K * Rabs (x - y)).
  { intros x y H1 H2 H3. destruct (Req_dec x y) as [->|Hne].
    { rewrite !Rminus_diag_eq by reflexivity. rewrite Rabs_R0. lra. }
    pose proof (HF x x y H1 ltac:(lra) H2 H3) as A. pose proof (HF x y y H1 H2 ltac:(lra) H3) as B.
    rewrite (Rabs_left1 (x - y)) by lra. apply (Rmult_le_reg_r (y - x)); [lra|].
    rewrite <- (Rabs_right (y - x)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((f x - f y) * (y - x))
      with ((F y - F x - f y * (y - x)) + - (F y - F x - f x * (y - x))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. nra. }
  intros x y Hx Hy. destruct (Rle_dec x y); [apply H; lra|].
  rewrite (Rabs_minus_sym (f x)), (Rabs_minus_sym x). apply H; lra.
Qed.

Lemma primitive_times_x f F a b : primitive f F a b ->
  primitive (fun x => F x + x * f x) (fun x => x * F x) a b.
Proof.
  intros H. destruct (primitive_bounded _ _ _ _ H) as (M & HM & Hf & HL).
  destruct H as [K [HK HF]]. set (X := Rabs a + Rabs b).
  assert (HX : 0 <= X) by (unfold X; pose proof (Rabs_pos a); pose proof (Rabs_pos b); lra).
  exists (X * K + M + M). split; [assert (0 <= X * K) by (apply Rmult_le_pos; lra); lra|].
  intros t x s H1 H2 H3 H4. specialize (HF t x s H1 H2 H3 H4). specialize (Hf x ltac:(lra)).
  pose proof (HL t x H1 H2 ltac:(lra)) as HL1.
  replace (s * F s - t * F t - (F x + x * f x) * (s - t)) with
    (s * (F s - F t - f x * (s - t)) + (s - x) * f x * (s - t) + - ((F x - F t) * (s - t))) by ring.
  assert (Hs : Rabs s <= X).
  { unfold X. apply Rabs_le. pose proof (Rle_abs b). pose proof (Rle_abs (- a)) as A.
    rewrite Rabs_Ropp in A. pose proof (Rabs_pos a). pose proof (Rabs_pos b). lra. }
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang|]. rewrite !Rabs_mult.
  rewrite (Rabs_right (s - x)), (Rabs_right (s - t)) by lra.
  assert (Rabs s * Rabs (F s - F t - f x * (s - t)) <= X * (K * (s - t) ^ 2))
    by (apply Rmult_le_compat; auto; apply Rabs_pos).
  assert ((s - x) * Rabs (f x) * (s - t) <= M * (s - t) ^ 2).
  { replace (M * (s - t) ^ 2) with ((s - t) * M * (s - t)) by ring.
    apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat; auto; try lra. apply Rabs_pos. }
  assert (Rabs (F x - F t) * (s - t) <= M * (s - t) ^ 2).
  { replace (M * (s - t) ^ 2) with (M * (s - t) * (s - t)) by ring.
    apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [exact HL1|].
    apply Rmult_le_compat_l; lra. }
  lra.
Qed.

(** ** Polynomials *)
Fixpoint antiderivative_from (n : nat) (f : list R) : list R :=
  match f with [] => [] | a :: f' => a / INR n :: antiderivative_from (S n) f' end.
Definition antiderivative (f : list R) : list R := 0 :: antiderivative_from 1 f.
Definition polynomial_area (f : list R) (a b : R) : R :=
  polynomial (antiderivative f) b - polynomial (antiderivative f) a.

Lemma primitive_power n a b : primitive (fun x => INR (S n) * x ^ n) (fun x => x ^ S n) a b.
Proof.
  induction n as [|n IH].
  - exists 0. split; [lra|]. intros. simpl.
    replace (s * 1 - t * 1 - 1 * 1 * (s - t)) with 0 by ring. rewrite Rabs_R0. nra.
  - apply primitive_times_x in IH. destruct IH as [K [HK HF]]. exists K. split; auto.
    intros t x s H1 H2 H3 H4. specialize (HF t x s H1 H2 H3 H4).
    replace (s ^ S (S n) - t ^ S (S n) - INR (S (S n)) * x ^ S n * (s - t))
      with (s * s ^ S n - t * t ^ S n - (x ^ S n + x * (INR (S n) * x ^ n)) * (s - t)); auto.
    rewrite (S_INR (S n)). simpl pow. ring.
Qed.

Lemma area_power n a b : a <= b ->
  area (fun x => x ^ n) a b (/ INR (S n) * (b ^ S n - a ^ S n)).
Proof.
  intros Hab. assert (INR (S n) <> 0) by (apply not_0_INR; lia).
  apply (area_ext (fun x => / INR (S n) * (INR (S n) * x ^ n))).
  - apply area_scal. split; auto. exists (fun x => x ^ S n). split; auto. apply primitive_power.
  - intros x _. field. auto.
Qed.

Lemma area_polynomial_from f : forall n a b, a <= b ->
  area (fun x => x ^ n * polynomial f x) a b
    (b ^ S n * polynomial (antiderivative_from (S n) f) b
     - a ^ S n * polynomial (antiderivative_from (S n) f) a).
Proof.
  induction f as [|c f IH]; intros n a b Hab.
  - simpl. replace (b * b ^ n * 0 - a * a ^ n * 0) with 0 by ring.
    apply (area_ext (fun _ => 0)); [now apply area_0 | intros; ring].
  - pose proof (area_plus _ _ _ _ _ _ (area_scal _ _ _ _ c (area_power n a b Hab)) (IH (S n) a b Hab))
      as H.
    assert (INR (S n) <> 0) by (apply not_0_INR; lia).
    replace (b ^ S n * polynomial (antiderivative_from (S n) (c :: f)) b
      - a ^ S n * polynomial (antiderivative_from (S n) (c :: f)) a) with
      (c * (/ INR (S n) * (b ^ S n - a ^ S n))
       + (b ^ S (S n) * polynomial (antiderivative_from (S (S n)) f) b
          - a ^ S (S n) * polynomial (antiderivative_from (S (S n)) f) a)).
    + apply (area_ext _ _ _ _ _ H). intros x _. simpl. ring.
    + cbn [antiderivative_from polynomial]. simpl pow. field. auto.
Qed.

Theorem area_polynomial f a b : a <= b -> area (polynomial f) a b (polynomial_area f a b).
Proof.
  intros Hab. unfold polynomial_area, antiderivative. cbn [polynomial].
  pose proof (area_polynomial_from f 0 a b Hab) as H. simpl pow in H.
  replace (0 + b * polynomial (antiderivative_from 1 f) b
    - (0 + a * polynomial (antiderivative_from 1 f) a)) with
    (b * 1 * polynomial (antiderivative_from 1 f) b - a * 1 * polynomial (antiderivative_from 1 f) a)
    by ring.
  apply (area_ext _ _ _ _ _ H). intros. ring.
Qed.

Fixpoint poly_plus (f g : list R) : list R :=
  match f, g with [], _ => g | _, [] => f | a :: f', b :: g' => a + b :: poly_plus f' g' end.
Fixpoint poly_times (f g : list R) : list R :=
  match f with [] => [] | a :: f' => poly_plus (map (Rmult a) g) (0 :: poly_times f' g) end.
Lemma eval_plus f g x : polynomial (poly_plus f g) x = polynomial f x + polynomial g x.
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; try lra. rewrite IH. ring.
Qed.
Lemma eval_scale c g x : polynomial (map (Rmult c) g) x = c * polynomial g x.
Proof. induction g as [|b g IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma eval_times f g x : polynomial (poly_times f g) x = polynomial f x * polynomial g x.
Proof.
  induction f as [|a f IH]; simpl; [ring|]. rewrite eval_plus, eval_scale. simpl. rewrite IH. ring.
Qed.

(** ** Piecewise polynomials *)
Inductive pieces (f : R -> R) : R -> R -> Prop :=
| one_piece a b g : a <= b -> (forall x, a <= x <= b -> f x = polynomial g x) -> pieces f a b
| join a c b : pieces f a c -> pieces f c b -> pieces f a b.

Lemma pieces_area f a b : pieces f a b -> exists v, area f a b v.
Proof.
  induction 1 as [a b g Hab H | a c b _ [v A] _ [w B]].
  - exists (polynomial_area g a b). apply (area_ext (polynomial g)); [now apply area_polynomial|].
    intros x Hx. symmetry. auto.
  - exists (v + w). now apply (area_chasles f a c b).
Qed.
Lemma pieces_le f a b : pieces f a b -> a <= b.
Proof. intros H. destruct (pieces_area _ _ _ H) as [v [A _]]. exact A. Qed.

Lemma pieces_ext f g a b : pieces f a b -> (forall x, a <= x <= b -> f x = g x) -> pieces g a b.
Proof.
  induction 1 as [a b h Hab H | a c b A IHA B IHB]; intros E.
  - apply (one_piece g a b h); auto. intros x Hx. rewrite <- E; auto.
  - pose proof (pieces_le _ _ _ A). pose proof (pieces_le _ _ _ B).
    apply (join g a c b); [apply IHA | apply IHB]; intros; apply E; lra.
Qed.

Lemma pieces_part f a b : pieces f a b -> forall a' b', a <= a' -> a' <= b' -> b' <= b ->
  pieces f a' b'.
Proof.
  induction 1 as [a b h Hab H | a c b A IHA B IHB]; intros a' b' H1 H2 H3.
  - apply (one_piece f a' b' h); auto. intros; apply H; lra.
  - destruct (Rle_dec b' c); [apply IHA; lra|]. destruct (Rle_dec c a'); [apply IHB; lra|].
    apply (join f a' c b'); [apply IHA | apply IHB]; lra.
Qed.

Lemma pieces_combine (op : R -> R -> R) :
  (forall g h, exists e, forall x, polynomial e x = op (polynomial g x) (polynomial h x)) ->
  forall f f' a b, pieces f a b -> pieces f' a b -> pieces (fun x => op (f x) (f' x)) a b.
Proof.
  intros Hop f f' a b H. induction H as [a b g Hab H | a c b A IHA B IHB]; intros H'.
  - induction H' as [a b g' Hab' H' | a c b A IHA B IHB].
    + destruct (Hop g g') as [e He]. apply (one_piece _ a b e); auto.
      intros x Hx. now rewrite He, H, H'.
    + pose proof (pieces_le _ _ _ A). pose proof (pieces_le _ _ _ B).
      apply (join _ a c b); [apply IHA | apply IHB]; auto; intros; apply H; lra.
  - pose proof (pieces_le _ _ _ A). pose proof (pieces_le _ _ _ B).
    apply (join _ a c b); [apply IHA | apply IHB]; apply (pieces_part f' a b); auto; lra.
Qed.
Lemma pieces_plus f g a b : pieces f a b -> pieces g a b -> pieces (fun x => f x + g x) a b.
Proof. apply (pieces_combine Rplus). intros g' h. exists (poly_plus g' h). intros. apply eval_plus. Qed.
Lemma pieces_times f g a b : pieces f a b -> pieces g a b -> pieces (fun x => f x * g x) a b.
Proof. apply (pieces_combine Rmult). intros g' h. exists (poly_times g' h). intros. apply eval_times. Qed.
Lemma pieces_polynomial g a b : a <= b -> pieces (polynomial g) a b.
Proof. intros H. now apply (one_piece _ a b g). Qed.
Lemma pieces_affine w b0 a b : a <= b -> pieces (fun x => w * x + b0) a b.
Proof. intros H. apply (one_piece _ a b [b0; w]); auto. intros. simpl. ring. Qed.
Lemma pieces_const c a b : a <= b -> pieces (fun _ => c) a b.
Proof. intros H. apply (one_piece _ a b [c]); auto. intros. simpl. ring. Qed.
Lemma pieces_scal c f a b : pieces f a b -> pieces (fun x => c * f x) a b.
Proof. intros H. apply (pieces_times (fun _ => c)); auto. apply pieces_const. eapply pieces_le; eauto. Qed.
Lemma pieces_sum n (f : nat -> R -> R) a b : a <= b ->
  (forall j, (j < n)%nat -> pieces (f j) a b) -> pieces (fun x => sum n (fun j => f j x)) a b.
Proof.
  intros Hab. induction n as [|n IH]; intros H; simpl; [now apply pieces_const|].
  apply (pieces_plus (fun x => sum n (fun j => f j x)) (f n)); auto.
Qed.

Section Networks.
Variable p : integral_problem.
Notation rho := (activation p).

Lemma rho_above t : 0 <= t -> rho t = above p * t.
Proof. intros H. unfold activation. destruct (Rlt_dec 0 t); auto. assert (t = 0) as -> by lra. ring. Qed.
Lemma rho_below t : t <= 0 -> rho t = below p * t.
Proof. intros H. unfold activation. destruct (Rlt_dec 0 t); [lra | auto]. Qed.
Lemma rho_scale c t : 0 <= c -> rho (c * t) = c * rho t.
Proof.
  intros Hc. destruct (Rle_dec 0 t).
  - rewrite !rho_above; [ring | auto | now apply Rmult_le_pos].
  - rewrite !rho_below; [ring | lra | nra].
Qed.
Lemma rho_bound t : Rabs (rho t) <= (Rabs (above p) + Rabs (below p)) * Rabs t.
Proof.
  pose proof (Rabs_pos (above p)). pose proof (Rabs_pos (below p)). pose proof (Rabs_pos t).
  destruct (Rle_dec 0 t); [rewrite rho_above by auto | rewrite rho_below by lra];
    rewrite Rabs_mult; nra.
Qed.

Lemma pieces_activation w b0 a b : a <= b -> pieces (fun x => rho (w * x + b0)) a b.
Proof.
  intros Hab.
  assert (P : forall c d, c <= d -> 0 <= w * c + b0 -> 0 <= w * d + b0 ->
              pieces (fun x => rho (w * x + b0)) c d).
  { intros c d Hcd Hc Hd. apply (pieces_ext (fun x => above p * (w * x + b0))).
    - now apply pieces_scal, pieces_affine.
    - intros x Hx. rewrite rho_above; auto. destruct (Rle_dec 0 w); nra. }
  assert (M : forall c d, c <= d -> w * c + b0 <= 0 -> w * d + b0 <= 0 ->
              pieces (fun x => rho (w * x + b0)) c d).
  { intros c d Hcd Hc Hd. apply (pieces_ext (fun x => below p * (w * x + b0))).
    - now apply pieces_scal, pieces_affine.
    - intros x Hx. rewrite rho_below; auto. destruct (Rle_dec 0 w); nra. }
  destruct (Rle_dec 0 (w * a + b0)) as [A|A], (Rle_dec 0 (w * b + b0)) as [B|B]; auto.
  - assert (w < 0) by nra. set (t := - b0 / w). assert (w * t + b0 = 0) by (unfold t; field; lra).
    apply (join _ a t b); [apply P | apply M]; try lra; nra.
  - assert (0 < w) by nra. set (t := - b0 / w). assert (w * t + b0 = 0) by (unfold t; field; lra).
    apply (join _ a t b); [apply M | apply P]; try lra; nra.
  - apply M; lra.
Qed.

Lemma pieces_output P a b : a <= b -> pieces (output p P) a b.
Proof.
  intros Hab. unfold output. apply (pieces_plus (fun _ => shift P)); [now apply pieces_const|].
  apply pieces_sum; auto. intros j _. apply pieces_scal. now apply pieces_activation.
Qed.
Lemma pieces_error P a b : a <= b -> pieces (error p P) a b.
Proof.
  intros Hab. unfold error.
  apply (pieces_ext (fun x => output p P x + -1 * polynomial (curve_target p) x)).
  - apply pieces_plus; [now apply pieces_output | now apply pieces_scal, pieces_polynomial].
  - intros. ring.
Qed.
Definition loss_density (P : scalar_network) (x : R) : R := error p P x ^ 2 * polynomial (density p) x.
Lemma pieces_loss P a b : a <= b -> pieces (loss_density P) a b.
Proof.
  intros Hab. unfold loss_density.
  apply (pieces_ext (fun x => error p P x * error p P x * polynomial (density p) x)).
  - apply pieces_times; [apply pieces_times; now apply pieces_error | now apply pieces_polynomial].
  - intros. simpl. ring.
Qed.

(** Every network has one loss. *)
Theorem integral_loss_exists P : lower p <= upper p -> exists l, integral_loss p P l.
Proof.
  intros H. destruct (pieces_area _ _ _ (pieces_loss P _ _ H)) as [v A]. exists v.
  now apply area_integral.
Qed.
Theorem integral_loss_unique P l l' : lower p <= upper p ->
  integral_loss p P l -> integral_loss p P l' -> l = l'.
Proof. intros H. now apply integral_unique. Qed.
End Networks.
