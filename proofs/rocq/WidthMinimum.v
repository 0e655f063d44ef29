(** Lower bounds of the loss of all networks with one output, by a vector that is good for the cones
    in which the neurons lie. *)
From Coq Require Import Reals Lra Lia List.
From Exactland Require Import Definitions Sums Expansion Fans.
Local Open Scope R_scope.

(** ** The bound *)
Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation N := (points p).

Lemma cauchy_schwarz n f g : sum n (fun k => f k * g k) ^ 2
  <= sum n (fun k => f k ^ 2) * sum n (fun k => g k ^ 2).
Proof.
  set (a := sum n (fun k => f k ^ 2)). set (b := sum n (fun k => f k * g k)).
  set (e := sum n (fun k => g k ^ 2)).
  assert (H : forall s t, 0 <= s ^ 2 * a + 2 * s * t * b + t ^ 2 * e).
  { intros s t. replace (s ^ 2 * a + 2 * s * t * b + t ^ 2 * e)
      with (sum n (fun k => (s * f k + t * g k) ^ 2)).
    - apply sum_ge0. intros. apply pow2_ge_0.
    - unfold a, b, e. rewrite <- !sum_scal, <- !sum_plus. apply sum_ext; intros; ring. }
  assert (0 <= a) by (apply sum_ge0; intros; apply pow2_ge_0).
  destruct (Req_dec a 0) as [Ea|Ea].
  - assert (Hf : forall k, (k < n)%nat -> f k ^ 2 = 0)
      by (apply sum_zero_ge0; [intros; apply pow2_ge_0 | exact Ea]).
    assert (b = 0) as ->; [|rewrite Ea; lra].
    apply sum_zero. intros k Hk. specialize (Hf k Hk). assert (f k = 0) by nra. nra.
  - specialize (H b (- a)). assert (0 <= a * (a * e - b ^ 2)) by nra.
    assert (0 <= a * e - b ^ 2); [|lra]. apply (Rmult_le_reg_l a); lra.
Qed.

(** A vector r with r . y < 0 that no neuron of Q and no output bias can make negative. *)
Theorem vector_bound (r : vector) (value : R) Q : outputs p = 1%nat ->
  sum N (fun k => r k * target p k 0%nat) < 0 ->
  value * sum N (fun k => r k ^ 2) <= scale p * sum N (fun k => r k * target p k 0%nat) ^ 2 ->
  (has_output_bias p = true -> sum N r = 0) ->
  (forall i, (i < width Q)%nat ->
     0 <= h Q i 0%nat * sum N (fun k => r k * rho p (dot p (w Q i) (input p k)))) ->
  value <= loss p Q.
Proof.
  intros HJ Hy Hvalue Hc Hgood. set (ry := sum N (fun k => r k * target p k 0%nat)) in *.
  set (rr := sum N (fun k => r k ^ 2)) in *.
  set (re := sum N (fun k => r k * residual p Q k 0%nat)).
  assert (Ef : re = sum (width Q) (fun i => h Q i 0%nat
      * sum N (fun k => r k * rho p (dot p (w Q i) (input p k)))) - ry).
  { unfold re, ry. rewrite (sum_ext (width Q) _ (fun i => sum N (fun k =>
      r k * (h Q i 0%nat * rho p (dot p (w Q i) (input p k)))))).
    2:{ intros i _. rewrite <- sum_scal. apply sum_ext; intros; ring. }
    rewrite sum_swap, (sum_ext N _ (fun k => (if has_output_bias p then c Q 0%nat else 0) * r k
      + (r k * sum (width Q) (fun i => h Q i 0%nat * rho p (dot p (w Q i) (input p k)))
         - r k * target p k 0%nat))).
    2:{ intros k _. unfold residual, prediction. ring. }
    rewrite sum_plus, sum_minus, sum_scal. rewrite (sum_ext N (fun k => sum (width Q) _)
      (fun k => r k * sum (width Q) (fun i => h Q i 0%nat * rho p (dot p (w Q i) (input p k)))))
      by (intros; now rewrite sum_scal).
    destruct (has_output_bias p); [rewrite Hc by reflexivity|]; ring. }
  assert (Hsum : 0 <= sum (width Q) (fun i => h Q i 0%nat
      * sum N (fun k => r k * rho p (dot p (w Q i) (input p k))))) by (now apply sum_ge0).
  assert (Hre : 0 <= (re + ry) * (re - ry)) by (apply Rmult_le_pos; lra).
  pose proof (cauchy_schwarz N r (fun k => residual p Q k 0%nat)) as Hcs.
  cbv beta in Hcs. fold re rr in Hcs.
  assert (El : loss p Q = scale p * sum N (fun k => residual p Q k 0%nat ^ 2)).
  { unfold loss. f_equal. apply sum_ext. intros k _. rewrite HJ. simpl. ring. }
  set (ee := sum N (fun k => residual p Q k 0%nat ^ 2)) in *.
  assert (Hrr : 0 < rr).
  { assert (0 <= rr) by (apply sum_ge0; intros; apply pow2_ge_0).
    destruct (Req_dec rr 0) as [E|]; [exfalso|lra]. rewrite E in Hcs.
    assert (0 < re) by lra. nra. }
  rewrite El. apply (Rmult_le_reg_r rr); auto.
  assert (scale p * ry ^ 2 <= scale p * (rr * ee)) by (apply Rmult_le_compat_l; nra). lra.
Qed.

(** The loss is continuous along rays, so that a bound may leave out finitely many hyperplanes. *)
Lemma generic_bound (value : R) (L : list vector) Q :
  (forall l, In l L -> nonzero (inputs p) l) ->
  (forall Q', width Q' = width Q -> (forall i l, (i < width Q)%nat -> In l L ->
     form (inputs p) l (w Q' i) <> 0) -> value <= loss p Q') ->
  value <= loss p Q.
Proof.
  intros HL Hb. destruct (generic_vector _ L HL) as [v Hv].
  set (D := Network (width Q) (fun _ => v) (fun _ _ => 0) (fun _ => 0)).
  destruct (Rle_dec value (loss p Q)) as [|Hn]; auto. exfalso.
  set (K := Rabs (coefficient1 p Q D) + 1).
  assert (HK : 0 < K) by (pose proof (Rabs_pos (coefficient1 p Q D)); unfold K; lra).
  destruct (eventually_some _ (eventually_and _ _ (ray_expansion p Q D) (eventually_and _ _
    (polynomial_small (coefficient2 p Q D) (coefficient3 p Q D) (coefficient4 p Q D) 1 Rlt_0_1)
    (eventually_and _ _ (eventually_small K (value - loss p Q) ltac:(lra))
      (eventually_all (width Q) _ (fun i _ =>
        line_avoids_all _ L (w Q i) v (fun l Hl => or_intror (Hv l Hl)))))))) as (t & Ht & E & Hs & Hsmall & Hoff).
  specialize (Hb (move Q D t) eq_refl (fun i l Hi => Hoff i Hi l)). rewrite E in Hb.
  rewrite Rabs_right in Hsmall by nra. apply Rabs_def2 in Hs.
  assert (coefficient1 p Q D <= K - 1) by (unfold K; pose proof (Rle_abs (coefficient1 p Q D)); lra).
  set (tail := coefficient2 p Q D * t + coefficient3 p Q D * t ^ 2 + coefficient4 p Q D * t ^ 3) in *.
  assert (t * (coefficient1 p Q D + tail) <= t * K) by (apply Rmult_le_compat_l; lra).
  assert (loss p Q + t * (coefficient1 p Q D + tail) = loss p Q + coefficient1 p Q D * t
    + coefficient2 p Q D * t ^ 2 + coefficient3 p Q D * t ^ 3 + coefficient4 p Q D * t ^ 4)
    by (unfold tail; ring).
  lra.
Qed.

(** On a cone that no data point cuts the activations are linear. *)
Lemma rho_on_cone k n (coordinates : nat -> R) (u : nat -> vector) v :
  (forall a, (a < n)%nat -> 0 <= coordinates a) ->
  (forall a, (a < inputs p)%nat -> v a = sum n (fun b => coordinates b * u b a)) ->
  (forall b, (b < n)%nat -> 0 <= dot p (u b) (input p k))
  \/ (forall b, (b < n)%nat -> dot p (u b) (input p k) <= 0) ->
  rho p (dot p v (input p k)) = sum n (fun b => coordinates b * rho p (dot p (u b) (input p k))).
Proof.
  intros Hc Hv Hs.
  assert (E : dot p v (input p k) = sum n (fun b => coordinates b * dot p (u b) (input p k))).
  { rewrite dot_comm. transitivity (dot p (input p k) (fun a => sum n (fun b => coordinates b * u b a))).
    - apply sum_ext. intros a Ha. now rewrite (Hv a Ha).
    - etransitivity; [apply (form_combination (inputs p))|]. apply sum_ext. intros b _.
      f_equal. apply dot_comm. }
  assert (Hplus : forall t, 0 <= t -> rho p t = slope_plus p * t).
  { intros t Ht. unfold rho. destruct (Rlt_dec 0 t); auto. assert (t = 0) as -> by lra. ring. }
  assert (Hminus : forall t, t <= 0 -> rho p t = slope_minus p * t).
  { intros t Ht. unfold rho. destruct (Rlt_dec 0 t); lra. }
  destruct Hs as [Hs|Hs].
  - rewrite Hplus, E, <- sum_scal.
    + apply sum_ext. intros b Hb. rewrite Hplus by auto. ring.
    + rewrite E. apply sum_ge0. intros b Hb. apply Rmult_le_pos; auto.
  - rewrite Hminus, E, <- sum_scal.
    + apply sum_ext. intros b Hb. rewrite Hminus by auto. ring.
    + rewrite E. rewrite <- (sum_0 n). apply sum_le. intros b Hb. specialize (Hs b Hb).
      specialize (Hc b Hb). nra.
Qed.
End Theory.
