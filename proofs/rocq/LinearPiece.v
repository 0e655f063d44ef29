(** Spurious local minima: the best affine function, realised on a linear piece of the activation,
    is a local minimum; unless it fits the data, a network of the same width has a lower loss. *)
From Coq Require Import Reals Lra Lia Psatz.
From Exactland Require Import Definitions Sums Expansion LocalMinimum GlobalMinimum Clarke.
Local Open Scope R_scope.

Section LinearPiece.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation dot := (dot p). Notation rho := (rho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p).

(** The residuals are orthogonal to all affine functions. *)
Definition normal_equations (P : network) : Prop :=
  (forall j a, (j < J)%nat -> (a < d)%nat -> sum N (fun k => residual P k j * x k a) = 0)
  /\ (has_output_bias p = true -> forall j, (j < J)%nat -> sum N (fun k => residual P k j) = 0).
(** All data lie on one side of u, the boundary included. *)
Definition one_sided (u : vector) : Prop :=
  (forall k, (k < N)%nat -> 0 <= dot u (x k)) \/ (forall k, (k < N)%nat -> dot u (x k) <= 0).

Lemma normal_dual P u : normal_equations P -> one_sided u -> forall j, (j < J)%nat -> dual p P u j = 0.
Proof.
  intros [H _] Hu j Hj.
  assert (E : exists s, forall k, (k < N)%nat -> rho (dot u (x k)) = s * dot u (x k)).
  { destruct Hu as [Hu|Hu]; [exists (slope_plus p) | exists (slope_minus p)]; intros k Hk;
    specialize (Hu k Hk); unfold Definitions.rho; destruct (Rlt_dec 0 (dot u (x k))); try lra.
    assert (dot u (x k) = 0) as -> by lra. ring. }
  destruct E as [s E]. unfold dual.
  rewrite (sum_ext N _ (fun k => sum d (fun a => s * u a * (residual P k j * x k a)))).
  2:{ intros k Hk. rewrite E by auto. unfold Definitions.dot.
      rewrite <- !sum_scal. apply sum_ext; intros; ring. }
  rewrite sum_swap, sum_zero; [ring|]. intros a Ha. rewrite sum_scal, H by auto. ring.
Qed.

Theorem linear_piece_minimum P : normal_equations P ->
  (forall i, (i < width P)%nat -> (forall k, (k < N)%nat -> 0 < dot (w P i) (x k))
                               \/ (forall k, (k < N)%nat -> dot (w P i) (x k) < 0)) ->
  local_minimum p P.
Proof.
  intros Hn Hs.
  assert (Hb : balanced p P).
  { split.
    - intros i j Hi Hj. apply (normal_dual P); auto.
      destruct (Hs i Hi) as [H|H]; [left | right]; intros k Hk; left; auto.
    - intros j Hj. unfold bias_gradient. destruct (has_output_bias p) eqn:E; auto.
      destruct Hn as [_ Hn]. rewrite Hn by auto. ring. }
  destruct (keeps_signs_near p P) as (e & He & Hk). exists e. split; auto. intros Q HQ.
  destruct (Hk Q HQ) as [Hw Hsigns]. apply (nonnegative_dual_is_lower_bound p scale_pos P Q Hb).
  intros i Hi. rewrite Hw in Hi. rewrite inner_0_r; [lra|]. intros j Hj. apply (normal_dual P); auto.
  destruct (Hs i Hi) as [H|H]; [left | right]; intros k Hkk; now apply (Hsigns i k Hi Hkk), H.
Qed.

(** ** A better network of the same width *)
Hypothesis output_bias : has_output_bias p = true.
Variable b : nat.
Hypothesis bias_coordinate : (b < d)%nat /\ forall k, (k < N)%nat -> x k b = 1.
Hypothesis slope_nonzero : slope_plus p <> 0.
Variables (beta : nat -> vector) (gamma : vector) (m : nat).
Hypothesis wide_enough : (J < m)%nat.

Definition affine_value (k j : nat) : R := dot (beta j) (x k) + gamma j.
Definition at_bias (s : R) : vector := fun a => if Nat.eqb b a then s else 0.

Lemma dot_at_bias s k : (k < N)%nat -> dot (at_bias s) (x k) = s.
Proof.
  intros Hk. destruct bias_coordinate as [Hb H1]. unfold Definitions.dot.
  rewrite (sum_single _ _ b Hb).
  - unfold at_bias. rewrite Nat.eqb_refl, H1 by auto. ring.
  - intros a _ Hne. unfold at_bias. destruct (Nat.eqb_spec b a); [congruence | ring].
Qed.

(** J neurons carry the affine function on the piece t > 0; neuron J is g rho(u . x). *)
Definition realise (K : R) (u g : vector) : network := Network m
  (fun i => if Nat.ltb i J then (fun a => beta i a + at_bias K a) else if Nat.eqb i J then u else at_bias 1)
  (fun i j => if Nat.ltb i J then unit_vector i j / slope_plus p else if Nat.eqb i J then g j else 0)
  (fun j => gamma j - K).

Lemma large_constant : exists K, forall j k, (j < J)%nat -> (k < N)%nat -> 0 < dot (beta j) (x k) + K.
Proof.
  assert (H : forall n1 n2, exists K, forall j k, (j < n1)%nat -> (k < n2)%nat -> 0 < dot (beta j) (x k) + K).
  { induction n1 as [|n1 IH]; intros n2; [exists 0; intros; lia|]. destruct (IH n2) as [K1 H1].
    assert (H2 : exists K, forall k, (k < n2)%nat -> 0 < dot (beta n1) (x k) + K).
    { clear. induction n2 as [|n2 [K HK]]; [exists 0; intros; lia|].
      exists (Rmax K (1 - dot (beta n1) (x n2))). intros k Hk.
      pose proof (Rmax_l K (1 - dot (beta n1) (x n2))). pose proof (Rmax_r K (1 - dot (beta n1) (x n2))).
      destruct (Nat.eq_dec k n2) as [->|Hne]; [lra|]. specialize (HK k ltac:(lia)). lra. }
    destruct H2 as [K2 H2]. exists (Rmax K1 K2). intros j k Hj Hk.
    pose proof (Rmax_l K1 K2). pose proof (Rmax_r K1 K2).
    destruct (Nat.eq_dec j n1) as [->|Hne]; [specialize (H2 k Hk); lra|].
    specialize (H1 j k ltac:(lia) Hk). lra. }
  apply H.
Qed.

Lemma realise_prediction K u g k j :
  (forall j k, (j < J)%nat -> (k < N)%nat -> 0 < dot (beta j) (x k) + K) ->
  (k < N)%nat -> (j < J)%nat ->
  prediction (realise K u g) k j = affine_value k j + g j * rho (dot u (x k)).
Proof.
  intros HK Hk Hj. unfold Definitions.prediction. rewrite output_bias. simpl c.
  change (width (realise K u g)) with m. replace m with (J + (1 + (m - J - 1)))%nat by lia.
  rewrite !sum_split. simpl (sum 1 _).
  rewrite (sum_single J _ j Hj).
  2:{ intros i Hi Hne. simpl. destruct (Nat.ltb_spec i J); [|lia]. unfold unit_vector.
      apply Nat.eqb_neq in Hne. rewrite Hne. unfold Rdiv. ring. }
  rewrite (sum_zero (m - J - 1)).
  2:{ intros i Hi. simpl. destruct (Nat.ltb_spec (J + S i) J); [lia|].
      destruct (Nat.eqb_spec (J + S i) J); [lia | ring]. }
  simpl. destruct (Nat.ltb_spec j J); [|lia]. rewrite Nat.add_0_r.
  destruct (Nat.ltb_spec J J); [lia|]. rewrite Nat.eqb_refl.
  rewrite dot_plus, dot_at_bias by auto. specialize (HK j k Hj Hk).
  unfold Definitions.rho at 1. destruct (Rlt_dec 0 (dot (beta j) (x k) + K)); [|lra].
  unfold unit_vector, affine_value. rewrite Nat.eqb_refl. field. exact slope_nonzero.
Qed.

(** Adding a small multiple of a neuron on which the dual function does not vanish helps. *)
Theorem better_network P u j : (j < J)%nat ->
  (forall k l, (k < N)%nat -> (l < J)%nat -> prediction P k l = affine_value k l) ->
  dual p P u j <> 0 -> exists Q, width Q = m /\ loss Q < loss P.
Proof.
  intros Hj HP Hne. destruct large_constant as [K HK].
  set (C := scale p * sum N (fun k => rho (dot u (x k)) ^ 2)). set (D := dual p P u j) in *.
  assert (HC : 0 <= C) by (apply Rmult_le_pos; [lra|]; apply sum_ge0; intros; apply pow2_ge_0).
  set (t := - D / (2 * (C + 1))).
  exists (realise K u (fun l => t * unit_vector j l)). split; [reflexivity|].
  assert (E : loss (realise K u (fun l => t * unit_vector j l)) = loss P + t * D + t ^ 2 * C).
  { unfold Definitions.loss, D, C, dual.
    rewrite (sum_ext N _ (fun k => sum J (fun l => residual P k l ^ 2)
      + (2 * t * (residual P k j * rho (dot u (x k))) + t ^ 2 * (rho (dot u (x k)) ^ 2)))).
    - rewrite !sum_plus, !sum_scal. ring.
    - intros k Hk.
      rewrite (sum_ext J _ (fun l => residual P k l ^ 2 + (if Nat.eqb j l then
        2 * t * (residual P k j * rho (dot u (x k))) + t ^ 2 * (rho (dot u (x k)) ^ 2) else 0))).
      + rewrite sum_plus, (sum_single J (fun l => if Nat.eqb j l then _ else 0) j Hj).
        * now rewrite Nat.eqb_refl.
        * intros l _ Hl. destruct (Nat.eqb_spec j l); [congruence | reflexivity].
      + intros l Hl. unfold Definitions.residual at 1. rewrite realise_prediction by auto.
        rewrite <- HP by auto. unfold unit_vector. destruct (Nat.eqb_spec j l) as [<-|];
        unfold Definitions.residual; ring. }
  assert (Ht : 2 * (t * (C + 1)) = - D) by (unfold t; field; lra).
  assert (t <> 0) by (intros Et; rewrite Et in Ht; lra).
  assert (0 < t ^ 2) by (destruct (Rtotal_order t 0) as [|[|]]; nra).
  rewrite E. replace D with (- (2 * (t * (C + 1)))) by lra. nra.
Qed.

(** The dual function of a residual that is not zero does not vanish everywhere. *)
Theorem dual_does_not_vanish P k0 j : (k0 < N)%nat -> (j < J)%nat ->
  slope_plus p <> slope_minus p ->
  (forall k, (k < N)%nat -> k <> k0 -> exists a, (a < d)%nat /\ x k a <> x k0 a) ->
  residual P k0 j <> 0 -> exists u, dual p P u j <> 0.
Proof.
  intros Hk0 Hj Hslopes Hdistinct He.
  set (p' := Problem (slope_plus p) (slope_minus p) d J N (has_output_bias p)
    (fun k a => x k a - x k0 a) (target p) (scale p)).
  destruct (generic_vector p' N) as [r Hr].
  set (u0 := fun a => r a + at_bias (- dot r (x k0)) a).
  assert (Hu0 : forall k, (k < N)%nat -> dot u0 (x k) = dot r (x k) - dot r (x k0)).
  { intros k Hk. unfold u0. rewrite dot_plus, dot_at_bias by auto. ring. }
  assert (Hne : forall k, (k < N)%nat -> k <> k0 -> dot u0 (x k) <> 0).
  { intros k Hk Hkk. rewrite Hu0 by auto. destruct (Hdistinct k Hk Hkk) as (a & Ha & Hx).
    assert (E : dot r (x k) - dot r (x k0) = Definitions.dot p' r (input p' k)).
    { unfold Definitions.dot. simpl. rewrite <- sum_minus. apply sum_ext; intros; ring. }
    rewrite E. apply Hr; auto. intros E0.
    pose proof (inert p' k E0 (fun a' => if Nat.eqb a a' then 1 else 0)) as E1.
    unfold Definitions.dot in E1. simpl in E1. rewrite (sum_single _ _ a Ha) in E1.
    - rewrite Nat.eqb_refl in E1. lra.
    - intros a' _ Hne. destruct (Nat.eqb_spec a a'); [congruence | ring]. }
  assert (Hev : eventually (fun t => forall k, (k < N)%nat -> k <> k0 -> t * 1 < Rabs (dot u0 (x k)))).
  { apply eventually_all. intros k Hk. destruct (Nat.eq_dec k k0) as [->|Hkk].
    - exists 1. split; [lra|]. intros; contradiction.
    - assert (Hp : 0 < Rabs (dot u0 (x k))) by (apply Rabs_pos_lt; auto).
      apply (eventually_impl _ _ (eventually_small 1 _ Hp)). intros t Ht Hs _.
      rewrite Rabs_right in Hs by lra. exact Hs. }
  destruct (eventually_some _ Hev) as (t & Ht & Hsmall).
  set (up := fun a => u0 a + at_bias t a). set (um := fun a => u0 a + at_bias (- t) a).
  assert (Hsum : dual p P up j + dual p P um j - 2 * dual p P u0 j
    = 2 * scale p * (residual P k0 j * ((slope_plus p - slope_minus p) * t))).
  { unfold dual. transitivity (2 * scale p * sum N (fun k => residual P k j *
      (rho (dot up (x k)) + rho (dot um (x k)) - 2 * rho (dot u0 (x k))))).
    - rewrite (sum_ext N (fun k => residual P k j * (_ + _ - _)) (fun k => residual P k j * rho (dot up (x k))
        + residual P k j * rho (dot um (x k)) - 2 * (residual P k j * rho (dot u0 (x k))))) by (intros; ring).
      rewrite sum_minus, sum_plus, sum_scal. ring.
    - f_equal. rewrite (sum_single N _ k0 Hk0).
      + f_equal. unfold up, um. rewrite !dot_plus, !dot_at_bias, Hu0 by auto.
        unfold Definitions.rho. rewrite Rminus_eq_0.
        destruct (Rlt_dec 0 (0 + t)), (Rlt_dec 0 (0 + - t)), (Rlt_dec 0 0); try lra.
      + intros k Hk Hkk. specialize (Hsmall k Hk Hkk). unfold up, um.
        rewrite !dot_plus, !dot_at_bias by auto. set (s := dot u0 (x k)) in *.
        revert Hsmall. unfold Definitions.rho, Rabs. destruct (Rcase_abs s); intros;
        destruct (Rlt_dec 0 (s + t)), (Rlt_dec 0 (s + - t)), (Rlt_dec 0 s); try lra; ring. }
  destruct (Req_dec (dual p P u0 j) 0) as [E0|]; [|now exists u0].
  destruct (Req_dec (dual p P up j) 0) as [E1|]; [|now exists up].
  destruct (Req_dec (dual p P um j) 0) as [E2|]; [|now exists um].
  exfalso. rewrite E0, E1, E2 in Hsum.
  assert (2 * scale p * (residual P k0 j * ((slope_plus p - slope_minus p) * t)) <> 0); [|lra].
  repeat apply Rmult_integral_contrapositive_currified; lra.
Qed.

(** The theorem: one hidden layer with biases, more neurons than outputs, two different slopes,
    distinct inputs.  If the best affine function does not fit the data, it is realised by a local
    minimum, and another network of the same width has a lower loss. *)
Theorem spurious_local_minimum_exists : slope_plus p <> slope_minus p ->
  (forall k l, (k < N)%nat -> (l < N)%nat -> k <> l -> exists a, (a < d)%nat /\ x k a <> x l a) ->
  (forall j a, (j < J)%nat -> (a < d)%nat ->
     sum N (fun k => (affine_value k j - target p k j) * x k a) = 0) ->
  (exists k j, (k < N)%nat /\ (j < J)%nat /\ affine_value k j <> target p k j) ->
  exists P Q, width P = m /\ width Q = m /\ local_minimum p P /\ loss Q < loss P
    /\ forall k j, (k < N)%nat -> (j < J)%nat -> prediction P k j = affine_value k j.
Proof.
  intros Hslopes Hdistinct Hnormal (k0 & j0 & Hk0 & Hj0 & Hfit).
  destruct large_constant as [K HK].
  set (P := realise K (at_bias 1) (fun _ => 0)).
  assert (HP : forall k j, (k < N)%nat -> (j < J)%nat -> prediction P k j = affine_value k j).
  { intros k j Hk Hj. unfold P. rewrite realise_prediction by auto. ring. }
  assert (Hn : normal_equations P).
  { assert (Hcoord : forall j a, (j < J)%nat -> (a < d)%nat -> sum N (fun k => residual P k j * x k a) = 0).
    { intros j a Hj Ha. rewrite <- (Hnormal j a Hj Ha). apply sum_ext. intros k Hk.
      unfold Definitions.residual. now rewrite HP. }
    split; [exact Hcoord|]. intros _ j Hj. destruct bias_coordinate as [Hb H1].
    rewrite <- (Hcoord j b Hj Hb). apply sum_ext. intros k Hk. rewrite H1 by auto. ring. }
  assert (Hmin : local_minimum p P).
  { apply (linear_piece_minimum P Hn). intros i Hi. left. intros k Hk. simpl.
    destruct (Nat.ltb_spec i J).
    - rewrite dot_plus, dot_at_bias by auto. auto.
    - destruct (Nat.eqb i J); rewrite dot_at_bias by auto; lra. }
  destruct (dual_does_not_vanish P k0 j0 Hk0 Hj0 Hslopes) as [u Hu].
  { intros k Hk Hne. now apply Hdistinct. }
  { unfold Definitions.residual. rewrite HP by auto. lra. }
  destruct (better_network P u j0 Hj0 HP Hu) as (Q & HQ & Hlower).
  exists P, Q. repeat split; auto.
Qed.
End LinearPiece.
