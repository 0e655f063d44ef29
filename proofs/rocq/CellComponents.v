(** Two neurons in one cell: the networks of least loss form two connected components. *)
From Coq Require Import ZArith QArith Qreals Reals String Ascii Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims CellClaims Integers Prepare
  Facts Functional Checks CellMinimum.
Import ListNotations.
Local Open Scope R_scope.

(** ** Quotients of linear functions *)
Definition mix (a b t : R) : R := (1 - t) * a + t * b.
Lemma mix_0 a b : mix a b 0 = a. Proof. unfold mix. ring. Qed.
Lemma mix_1 a b : mix a b 1 = b. Proof. unfold mix. ring. Qed.
Lemma quotient_cancel a b : 0 < a -> a * b / a = b. Proof. intros H. field. lra. Qed.
Lemma mix_positive a b t : 0 < a -> 0 < b -> 0 <= t <= 1 -> 0 < mix a b t.
Proof.
  intros Ha Hb Ht. unfold mix. destruct (Rlt_dec 0 t); [|assert (t = 0) by lra; subst; lra].
  assert (0 < t * b) by (now apply Rmult_lt_0_compat).
  assert (0 <= (1 - t) * a) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma quotient_continuous a b u v t eps : 0 < u -> 0 < v -> 0 <= t <= 1 -> 0 < eps ->
  exists delta, 0 < delta /\ forall s, 0 <= s <= 1 -> Rabs (s - t) < delta ->
    Rabs (mix a b s / mix u v s - mix a b t / mix u v t) < eps.
Proof.
  intros Hu Hv Ht He. set (q := Rmin u v). set (K := Rabs ((b - a) * u - a * (v - u))).
  assert (Hq : 0 < q) by (unfold q; now apply Rmin_glb_lt).
  assert (Hlow : forall s, 0 <= s <= 1 -> q <= mix u v s).
  { intros s Hs. pose proof (Rmin_l u v). pose proof (Rmin_r u v). unfold mix. fold q in H, H0.
    assert (0 <= (1 - s) * (u - q)) by (apply Rmult_le_pos; lra).
    assert (0 <= s * (v - q)) by (apply Rmult_le_pos; lra). lra. }
  pose proof (Rabs_pos ((b - a) * u - a * (v - u))) as HK. fold K in HK.
  assert (Hqq : 0 < q * q) by (now apply Rmult_lt_0_compat).
  exists (eps * (q * q) / (K + 1)). split; [apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | lra]|].
  intros s Hs Hd. pose proof (Hlow s Hs) as Ls. pose proof (Hlow t Ht) as Lt.
  set (S := mix u v s) in *. set (T := mix u v t) in *.
  assert (E : mix a b s / S - mix a b t / T = (s - t) * ((b - a) * u - a * (v - u)) / (S * T)).
  { unfold S, T in *. unfold mix in *. field. lra. }
  rewrite E. assert (HST : q * q <= S * T) by (apply Rmult_le_compat; lra).
  unfold Rdiv. rewrite Rabs_mult, Rabs_mult. fold K.
  rewrite (Rabs_right (/ (S * T))) by (left; apply Rinv_0_lt_compat; lra).
  apply (Rmult_lt_reg_r (S * T)); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (Hdk : Rabs (s - t) * (K + 1) < eps * (q * q)).
  { apply (Rmult_lt_compat_r (K + 1)) in Hd; [|lra].
    replace (eps * (q * q) / (K + 1) * (K + 1)) with (eps * (q * q)) in Hd by (field; lra). exact Hd. }
  assert (Rabs (s - t) * K <= Rabs (s - t) * (K + 1))
    by (apply Rmult_le_compat_l; [apply Rabs_pos | lra]).
  assert (eps * (q * q) <= eps * (S * T)) by (apply Rmult_le_compat_l; lra). lra.
Qed.
(** The same for a linear function, and with a negative denominator. *)
Lemma linear_continuous a b t eps : 0 <= t <= 1 -> 0 < eps ->
  exists delta, 0 < delta /\ forall s, 0 <= s <= 1 -> Rabs (s - t) < delta ->
    Rabs (mix a b s - mix a b t) < eps.
Proof.
  intros Ht He. destruct (quotient_continuous a b 1 1 t eps Rlt_0_1 Rlt_0_1 Ht He) as (delta & Hd & H).
  exists delta. split; [exact Hd|]. intros s Hs Hst. specialize (H s Hs Hst).
  assert (E : forall x, mix 1 1 x = 1) by (intros; unfold mix; ring). rewrite !E in H.
  unfold Rdiv in H. now rewrite Rinv_1, !Rmult_1_r in H.
Qed.

Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Hypothesis one_output : outputs p = 1%nat.
Hypothesis no_bias : has_output_bias p = false.
Notation N := (points p). Notation d := (inputs p). Notation x := (input p). Notation dot := (dot p).
Variable P : network.
Hypothesis two : width P = 2%nat.

(** The cell of one neuron, and the slopes there. *)
Definition zero_input k : Prop := forall a, (a < d)%nat -> x k a = 0.
Definition cell_of (u : vector) : Prop := forall k, (k < N)%nat ->
  0 < dot (w P 0) (x k) * dot u (x k) \/ zero_input k.
Hypothesis same_cell : cell_of (w P 1).
Hypothesis inside : cell_of (w P 0).
Variable side : nat -> nat -> ascii.
Hypothesis sides : forall i k, (i < 2)%nat -> (k < N)%nat ->
  on_side (dot (w P i) (x k)) (side i k).
Hypothesis equations : in_cell_equations p P side.
Definition slope k : R := if Rlt_dec 0 (dot (w P 0) (x k)) then slope_plus p else slope_minus p.
Definition beta : vector := fun a => h P 0 0%nat * w P 0 a + h P 1 0%nat * w P 1 a.
(** The rows slope k * x_k have full rank. *)
Variable inverse : nat -> vector.
Hypothesis full_rank : forall a b, (a < d)%nat -> (b < d)%nat ->
  sum N (fun k => inverse a k * (slope k * x k b)) = if Nat.eqb a b then 1 else 0.
(** beta is not zero, and neither in the cell nor in its negative. *)
Hypothesis beta_nonzero : exists a, (a < d)%nat /\ beta a <> 0.
Hypothesis beta_not_positive : exists k, (k < N)%nat /\ ~ zero_input k
  /\ dot (w P 0) (x k) * dot beta (x k) <= 0.
Hypothesis beta_not_negative : exists k, (k < N)%nat /\ ~ zero_input k
  /\ 0 <= dot (w P 0) (x k) * dot beta (x k).

Lemma zero_dot u k : zero_input k -> dot u (x k) = 0.
Proof. intros H. apply sum_zero. intros a Ha. rewrite H by auto. ring. Qed.
Lemma rho_in_cell u k : cell_of u -> (k < N)%nat -> rho p (dot u (x k)) = slope k * dot u (x k).
Proof.
  intros Hu Hk. destruct (Hu k Hk) as [H|H].
  - unfold rho, slope. destruct (Rlt_dec 0 (dot u (x k))), (Rlt_dec 0 (dot (w P 0) (x k)));
      auto; exfalso; nra.
  - rewrite !(zero_dot u k H), rho_0. ring.
Qed.

(** Networks with both neurons in the cell. *)
Definition both (Q : network) : Prop := width Q = 2%nat /\ cell_of (w Q 0) /\ cell_of (w Q 1).
Definition total (Q : network) : vector := fun a => h Q 0 0%nat * w Q 0 a + h Q 1 0%nat * w Q 1 a.

Lemma both_in_open_cell (S : setting) (P' : parameters) (Q : network) :
  p = problem_of S -> P = network_of S P' ->
  in_open_cell S P' Q <-> both Q.
Proof.
  intros Ep EP. unfold in_open_cell. rewrite <- Ep, <- EP. rewrite two. unfold both, cell_of. split.
  - intros [A B]. split; [exact A|]. split; intros k Hk.
    + apply (B 0%nat k); auto.
    + destruct (B 1%nat k ltac:(lia) Hk) as [H|H]; [|now right].
      destruct (same_cell k Hk) as [H'|H']; [|now right]. left.
      set (s := dot (w P 0) (x k)) in *. set (t := dot (w P 1) (x k)) in *.
      set (q := dot (w Q 1) (x k)) in *.
      assert (0 < (s * t) * (t * q)) by (now apply Rmult_lt_0_compat).
      assert (0 < t * t) by (assert (t <> 0) by (intros E; rewrite E in H'; lra); nra). nra.
  - intros (A & B & C). split; [exact A|]. intros i k Hi Hk.
    destruct i as [|[|]]; [now apply B| |lia].
    destruct (C k Hk) as [H|H]; [|now right]. destruct (same_cell k Hk) as [H'|H']; [|now right]. left.
    set (s := dot (w P 0) (x k)) in *. set (t := dot (w P 1) (x k)) in *.
    set (q := dot (w Q 1) (x k)) in *.
    assert (0 < (s * t) * (s * q)) by (now apply Rmult_lt_0_compat).
    assert (0 < s * s) by (assert (s <> 0) by (intros E; rewrite E in H'; lra); nra). nra.
Qed.

Lemma dot_total Q k : dot (total Q) (x k) = h Q 0 0%nat * dot (w Q 0) (x k) + h Q 1 0%nat * dot (w Q 1) (x k).
Proof. unfold total, Definitions.dot. rewrite <- !sum_scal, <- sum_plus. apply sum_ext; intros; ring. Qed.
Lemma prediction_total Q k : both Q -> (k < N)%nat -> prediction p Q k 0%nat = slope k * dot (total Q) (x k).
Proof.
  intros (A & B & C) Hk. unfold prediction. rewrite no_bias, A. simpl.
  rewrite !rho_in_cell by auto. rewrite dot_total. ring.
Qed.
Lemma both_P : both P.
Proof. split; [exact two|]. split; [exact inside | exact same_cell]. Qed.
Lemma both_in_cell Q : both Q -> in_cell p P side Q.
Proof.
  intros (A & B & C). split; [congruence|]. rewrite two. intros i k Hi Hk.
  assert (Hs : forall u, cell_of u -> on_side (dot u (x k)) (side i k)).
  { intros u Hu. pose proof (sides i k Hi Hk) as Hside. unfold on_side in *.
    destruct (Hu k Hk) as [H|H]; [|rewrite zero_dot by auto; destruct (side i k =? "+")%char,
      (side i k =? "-")%char; lra || contradiction].
    assert (Hi' : 0 < dot (w P 0) (x k) * dot (w P i) (x k) \/ zero_input k).
    { destruct i as [|[|]]; [now apply inside | now apply same_cell | lia]. }
    destruct Hi' as [H'|H']; [|rewrite (zero_dot _ _ H') in H; lra].
    destruct (side i k =? "+")%char, (side i k =? "-")%char; try contradiction; nra. }
  destruct i as [|[|]]; [now apply Hs | now apply Hs | lia].
Qed.

(** The networks of least loss. *)
Lemma least_iff Q : both Q -> loss p Q = loss p P <-> forall a, (a < d)%nat -> total Q a = beta a.
Proof.
  intros HQ. pose proof (in_cell_identity p P side equations (both_in_cell P both_P) Q (both_in_cell Q HQ)) as E.
  rewrite one_output in E. split.
  - intros H a Ha.
    assert (Hz : forall k, (k < N)%nat -> (prediction p Q k 0%nat - prediction p P k 0%nat) ^ 2 = 0).
    { apply sum_zero_ge0; [intros; apply pow2_ge_0|].
      rewrite (sum_ext _ _ (fun k => sum 1 (fun j => (prediction p Q k j - prediction p P k j) ^ 2)))
        by (intros; simpl; ring).
      apply (Rmult_eq_reg_l (scale p)); lra. }
    assert (Hk : forall k, (k < N)%nat -> slope k * dot (fun b => total Q b - beta b) (x k) = 0).
    { intros k Hk. specialize (Hz k Hk). rewrite dot_minus.
      pose proof (prediction_total Q k HQ Hk) as E1. pose proof (prediction_total P k both_P Hk) as E2.
      change (total P) with beta in E2. rewrite E1, E2 in Hz.
      set (u := dot (total Q) (x k)) in *. set (v := dot beta (x k)) in *.
      apply Rmult_integral in Hz as [|Hz]; [lra|]. apply Rmult_integral in Hz as [|]; lra. }
    assert (Hs : sum N (fun k => inverse a k * (slope k * dot (fun b => total Q b - beta b) (x k))) = 0).
    { apply sum_zero. intros k Hk'. rewrite Hk by auto. ring. }
    rewrite (sum_ext N _ (fun k => sum d (fun b => (total Q b - beta b) * (inverse a k * (slope k * x k b))))) in Hs.
    2:{ intros k _. unfold Definitions.dot. rewrite <- !sum_scal. apply sum_ext; intros; ring. }
    rewrite sum_swap, (sum_single d _ a Ha) in Hs.
    + rewrite sum_scal, full_rank, Nat.eqb_refl in Hs by auto. lra.
    + intros b Hb Hne. rewrite sum_scal, full_rank by auto. destruct (Nat.eqb_spec a b); [congruence | ring].
  - intros H. rewrite (sum_zero N) in E; [lra|]. intros k Hk. simpl.
    rewrite (prediction_total Q k HQ Hk), (prediction_total P k both_P Hk).
    replace (dot (total Q) (x k)) with (dot (total P) (x k)); [ring|].
    symmetry. apply dot_ext. exact H.
Qed.
Definition minimal (Q : network) : Prop := both Q /\ forall a, (a < d)%nat -> total Q a = beta a.

Lemma opposite_signs Q : minimal Q -> (0 < h Q 0 0%nat /\ h Q 1 0%nat < 0)
  \/ (h Q 0 0%nat < 0 /\ 0 < h Q 1 0%nat).
Proof.
  intros [(_ & B & C) H].
  assert (Hnz : ~ (h Q 0 0%nat = 0 /\ h Q 1 0%nat = 0)).
  { intros [E0 E1]. destruct beta_nonzero as (a & Ha & Hne). apply Hne. rewrite <- (H a Ha).
    unfold total. rewrite E0, E1. ring. }
  assert (Hb : forall k, dot beta (x k) = h Q 0 0%nat * dot (w Q 0) (x k) + h Q 1 0%nat * dot (w Q 1) (x k)).
  { intros k. rewrite <- dot_total. symmetry. now apply dot_ext. }
  destruct beta_not_positive as (k & Hk & Hnk & Hp). destruct beta_not_negative as (k' & Hk' & Hnk' & Hp').
  rewrite Hb in Hp, Hp'.
  destruct (B k Hk) as [B1|]; [|contradiction]. destruct (C k Hk) as [C1|]; [|contradiction].
  destruct (B k' Hk') as [B2|]; [|contradiction]. destruct (C k' Hk') as [C2|]; [|contradiction].
  set (h0 := h Q 0 0%nat) in *. set (h1 := h Q 1 0%nat) in *.
  set (s := dot (w P 0) (x k)) in *. set (s' := dot (w P 0) (x k')) in *.
  set (u0 := s * dot (w Q 0) (x k)) in *. set (u1 := s * dot (w Q 1) (x k)) in *.
  set (v0 := s' * dot (w Q 0) (x k')) in *. set (v1 := s' * dot (w Q 1) (x k')) in *.
  assert (Ek : h0 * u0 + h1 * u1 <= 0) by (unfold u0, u1; lra).
  assert (Ek' : 0 <= h0 * v0 + h1 * v1) by (unfold v0, v1; lra).
  destruct (Rlt_dec 0 h0) as [H0|H0], (Rlt_dec 0 h1) as [H1|H1].
  - assert (0 < h0 * u0) by (now apply Rmult_lt_0_compat).
    assert (0 < h1 * u1) by (now apply Rmult_lt_0_compat). lra.
  - left. split; auto. destruct (Req_dec h1 0) as [E|]; [|lra]. exfalso. rewrite E in Ek.
    assert (0 < h0 * u0) by (now apply Rmult_lt_0_compat). lra.
  - right. split; auto. destruct (Req_dec h0 0) as [E|]; [|lra]. exfalso. rewrite E in Ek.
    assert (0 < h1 * u1) by (now apply Rmult_lt_0_compat). lra.
  - exfalso. assert (0 <= - h0 * v0) by (apply Rmult_le_pos; lra).
    assert (0 <= - h1 * v1) by (apply Rmult_le_pos; lra).
    apply Hnz. split; [apply (Rmult_eq_reg_r v0) | apply (Rmult_eq_reg_r v1)]; lra.
Qed.

(** ** A component: the output weights have the signs e and -e *)
Definition part_of_sign (e : R) (Q : network) : Prop :=
  minimal Q /\ 0 < e * h Q 0 0%nat /\ 0 < - e * h Q 1 0%nat.
Section Path.
Variables (e : R) (Q Q' : network).
Hypothesis e_sign : e = 1 \/ e = -1.
Hypothesis HQ : part_of_sign e Q.
Hypothesis HQ' : part_of_sign e Q'.
Definition signed (i : nat) : R := if Nat.eqb i 0 then e else - e.
Lemma signed_square i : signed i * signed i = 1.
Proof. unfold signed. destruct (Nat.eqb i 0), e_sign as [-> | ->]; ring. Qed.
(** The output weights move on a line, and so do the products with the input weights. *)
Definition path (t : R) : network := Network 2
  (fun i a => mix (signed i * h Q i 0%nat * w Q i a) (signed i * h Q' i 0%nat * w Q' i a) t
              / mix (signed i * h Q i 0%nat) (signed i * h Q' i 0%nat) t)
  (fun i j => mix (h Q i j) (h Q' i j) t)
  (fun j => mix (c Q j) (c Q' j) t).
Lemma signed_positive i : (i < 2)%nat -> 0 < signed i * h Q i 0%nat /\ 0 < signed i * h Q' i 0%nat.
Proof.
  destruct HQ as (_ & A & B), HQ' as (_ & A' & B'). intros Hi.
  destruct i as [|[|]]; [now split | now split | lia].
Qed.
Lemma path_height i t : (i < 2)%nat -> 0 <= t <= 1 ->
  0 < mix (signed i * h Q i 0%nat) (signed i * h Q' i 0%nat) t
  /\ h (path t) i 0%nat = signed i * mix (signed i * h Q i 0%nat) (signed i * h Q' i 0%nat) t.
Proof.
  intros Hi Ht. destruct (signed_positive i Hi) as [A B]. split; [now apply mix_positive|].
  simpl. pose proof (signed_square i) as E. unfold mix.
  replace (signed i * ((1 - t) * (signed i * h Q i 0%nat) + t * (signed i * h Q' i 0%nat)))
    with ((signed i * signed i) * ((1 - t) * h Q i 0%nat + t * h Q' i 0%nat)) by ring.
  rewrite E. ring.
Qed.
Lemma path_product i a t : (i < 2)%nat -> 0 <= t <= 1 ->
  h (path t) i 0%nat * w (path t) i a = mix (h Q i 0%nat * w Q i a) (h Q' i 0%nat * w Q' i a) t.
Proof.
  intros Hi Ht. destruct (path_height i t Hi Ht) as [Hp ->]. simpl.
  set (D := mix (signed i * h Q i 0%nat) (signed i * h Q' i 0%nat) t) in *.
  transitivity (signed i * mix (signed i * h Q i 0%nat * w Q i a) (signed i * h Q' i 0%nat * w Q' i a) t);
    [field; lra|]. pose proof (signed_square i) as E. unfold mix.
  replace (signed i * ((1 - t) * (signed i * h Q i 0%nat * w Q i a) + t * (signed i * h Q' i 0%nat * w Q' i a)))
    with ((signed i * signed i) * ((1 - t) * (h Q i 0%nat * w Q i a) + t * (h Q' i 0%nat * w Q' i a))) by ring.
  rewrite E. ring.
Qed.
Lemma path_cell i t : (i < 2)%nat -> 0 <= t <= 1 -> cell_of (w (path t) i).
Proof.
  intros Hi Ht k Hk.
  assert (Hcells : forall R0, minimal R0 -> cell_of (w R0 i)).
  { intros R0 [(_ & A & B) _]. destruct i as [|[|]]; [exact A | exact B | lia]. }
  destruct HQ as (M & _), HQ' as (M' & _).
  destruct (Hcells Q M k Hk) as [A|A]; [|now right]. destruct (Hcells Q' M' k Hk) as [B|B]; [|now right].
  left. destruct (path_height i t Hi Ht) as [Hp _]. destruct (signed_positive i Hi) as [U V].
  set (D := mix (signed i * h Q i 0%nat) (signed i * h Q' i 0%nat) t) in *.
  assert (E : dot (w (path t) i) (x k) = (1 - t) * (signed i * h Q i 0%nat) / D * dot (w Q i) (x k)
     + t * (signed i * h Q' i 0%nat) / D * dot (w Q' i) (x k)).
  { unfold Definitions.dot. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros a _.
    change (w (path t) i a) with
      (mix (signed i * h Q i 0%nat * w Q i a) (signed i * h Q' i 0%nat * w Q' i a) t / D).
    generalize D Hp. intros D' Hp'. unfold mix. field. lra. }
  rewrite E. set (s := dot (w P 0) (x k)) in *.
  replace (s * _) with (mix (signed i * h Q i 0%nat * (s * dot (w Q i) (x k)))
      (signed i * h Q' i 0%nat * (s * dot (w Q' i) (x k))) t / D)
    by (generalize D Hp; intros D' Hp'; unfold mix; field; lra).
  apply Rdiv_lt_0_compat; [|exact Hp]. apply mix_positive; auto; now apply Rmult_lt_0_compat.
Qed.
Lemma path_part t : 0 <= t <= 1 -> part_of_sign e (path t).
Proof.
  intros Ht. split; [split|].
  - split; [reflexivity|]. split; apply path_cell; auto.
  - intros a Ha. unfold total. rewrite !path_product by auto. unfold mix.
    destruct HQ as ([_ H] & _), HQ' as ([_ H'] & _). specialize (H a Ha). specialize (H' a Ha).
    unfold total in H, H'. set (b := beta a) in *. nra.
  - destruct (path_height 0 t ltac:(lia) Ht) as [A ->]. destruct (path_height 1 t ltac:(lia) Ht) as [B ->].
    pose proof (signed_square 0) as E0. pose proof (signed_square 1) as E1. unfold signed in *. simpl in *.
    set (D0 := mix (e * h Q 0 0%nat) (e * h Q' 0 0%nat) t) in *.
    set (D1 := mix (- e * h Q 1 0%nat) (- e * h Q' 1 0%nat) t) in *.
    replace (e * (e * D0)) with ((e * e) * D0) by ring.
    replace (- e * (- e * D1)) with ((- e * - e) * D1) by ring. rewrite E0, E1. split; lra.
Qed.
Lemma path_ends : within p 0 Q (path 0) /\ within p 0 Q' (path 1).
Proof.
  destruct HQ as ([(A & _) _] & _), HQ' as ([(A' & _) _] & _).
  assert (Hz : forall u v, u = v -> Rabs (v - u) <= 0) by (intros u v ->; rewrite Rminus_eq_0, Rabs_R0; lra).
  split; (split; [simpl; congruence|]); (split; [|split]); simpl.
  - intros i a Hi _. rewrite A in Hi. apply Hz. destruct (signed_positive i Hi). now rewrite !mix_0, quotient_cancel.
  - intros i j _ _. apply Hz. unfold mix. ring.
  - intros j _. apply Hz. unfold mix. ring.
  - intros i a Hi _. rewrite A' in Hi. apply Hz. destruct (signed_positive i Hi). now rewrite !mix_1, quotient_cancel.
  - intros i j _ _. apply Hz. unfold mix. ring.
  - intros j _. apply Hz. unfold mix. ring.
Qed.
Lemma path_continuous t eps : 0 <= t <= 1 -> 0 < eps -> exists delta, 0 < delta /\
  forall s, 0 <= s <= 1 -> Rabs (s - t) < delta -> near p eps (path t) (path s).
Proof.
  intros Ht He.
  assert (Hall : forall n (f : nat -> R -> R),
    (forall i, (i < n)%nat -> exists delta, 0 < delta /\ forall s, 0 <= s <= 1 -> Rabs (s - t) < delta ->
       Rabs (f i s - f i t) < eps) ->
    exists delta, 0 < delta /\ forall i, (i < n)%nat -> forall s, 0 <= s <= 1 -> Rabs (s - t) < delta ->
       Rabs (f i s - f i t) < eps).
  { intros n f H. apply (finite_radius n (fun i delta => forall s, 0 <= s <= 1 -> Rabs (s - t) < delta ->
       Rabs (f i s - f i t) < eps)); auto. intros i e1 e2 H1 He2 s Hs Hd. apply H1; auto. lra. }
  assert (Hw : forall i, (i < 2)%nat -> exists delta, 0 < delta /\ forall a, (a < d)%nat -> forall s, 0 <= s <= 1 ->
    Rabs (s - t) < delta -> Rabs (w (path s) i a - w (path t) i a) < eps).
  { intros i Hi. apply (Hall d (fun a s => w (path s) i a)). intros a _. simpl.
    destruct (signed_positive i Hi). now apply quotient_continuous. }
  destruct (Hw 0%nat ltac:(lia)) as (d0 & Hd0 & H0). destruct (Hw 1%nat ltac:(lia)) as (d1 & Hd1 & H1).
  destruct (Hall (outputs p) (fun j s => h (path s) 0 j)) as (d2 & Hd2 & H2);
    [intros j _; now apply linear_continuous|].
  destruct (Hall (outputs p) (fun j s => h (path s) 1 j)) as (d3 & Hd3 & H3);
    [intros j _; now apply linear_continuous|].
  destruct (Hall (outputs p) (fun j s => c (path s) j)) as (d4 & Hd4 & H4);
    [intros j _; now apply linear_continuous|].
  exists (Rmin (Rmin d0 d1) (Rmin (Rmin d2 d3) d4)).
  split; [repeat apply Rmin_glb_lt; auto|]. intros s Hs Hd.
  pose proof (Rmin_l (Rmin d0 d1) (Rmin (Rmin d2 d3) d4)). pose proof (Rmin_r (Rmin d0 d1) (Rmin (Rmin d2 d3) d4)).
  pose proof (Rmin_l d0 d1). pose proof (Rmin_r d0 d1). pose proof (Rmin_l (Rmin d2 d3) d4).
  pose proof (Rmin_r (Rmin d2 d3) d4). pose proof (Rmin_l d2 d3). pose proof (Rmin_r d2 d3).
  split; [reflexivity|]. split; [|split].
  - intros i a Hi Ha. change (width (path t)) with 2%nat in Hi.
    destruct i as [|[|]]; [apply H0 | apply H1 | lia]; auto; lra.
  - intros i j Hi Hj. change (width (path t)) with 2%nat in Hi.
    destruct i as [|[|]]; [apply H2 | apply H3 | lia]; auto; lra.
  - intros j Hj. apply H4; auto; lra.
Qed.
End Path.

Lemma part_signs e Q : e = 1 \/ e = -1 -> part_of_sign e Q <-> minimal Q /\ 0 < e * h Q 0 0%nat.
Proof.
  intros He. unfold part_of_sign. split; [tauto|]. intros [M H]. split; [exact M|]. split; [exact H|].
  destruct (opposite_signs Q M) as [[A B]|[A B]], He as [-> | ->]; lra.
Qed.
Lemma swapped (Q : network) : minimal Q -> minimal (exchanged Q).
Proof.
  intros [(A & B & C) H]. split; [split; [exact A | split; [exact C | exact B]]|].
  intros a Ha. rewrite <- (H a Ha). unfold total, exchanged. simpl. ring.
Qed.

Theorem components (set : network -> Prop) :
  (forall Q, set Q <-> both Q /\ loss p Q = loss p P) ->
  exists one other, connected_open_part p set one /\ connected_open_part p set other
  /\ (forall Q, set Q -> one Q \/ other Q) /\ (forall Q, ~ (one Q /\ other Q))
  /\ forall Q, one Q <-> other (exchanged Q).
Proof.
  intros Hset0. assert (Hset : forall Q, set Q <-> minimal Q).
  { intros Q. rewrite Hset0. unfold minimal.
    split; intros [A B]; (split; [exact A | now apply least_iff]). }
  exists (part_of_sign 1), (part_of_sign (-1)).
  assert (HP : minimal P) by (split; [exact both_P | reflexivity]).
  assert (Hconn : forall e, e = 1 \/ e = -1 -> (exists Q, part_of_sign e Q) ->
    connected_open_part p set (part_of_sign e)).
  { intros e He Hne. split; [exact Hne|]. split.
    - intros Q Q' HQ HQ'. exists (path e Q Q'). destruct (path_ends e Q Q' HQ HQ').
      split; auto. split; auto. split.
      + intros t Ht. now apply path_part.
      + intros t eps Ht Heps. now apply path_continuous.
    - intros Q HQ. split; [apply Hset; apply HQ|]. destruct HQ as (M & A & B).
      exists (e * h Q 0 0%nat). split; [exact A|]. intros Q' Hn HQ'. apply Hset in HQ'.
      apply part_signs; auto. split; [exact HQ'|]. destruct Hn as (_ & _ & Hh & _).
      destruct M as ((Hwidth & _) & _). rewrite Hwidth, one_output in Hh.
      specialize (Hh 0%nat 0%nat ltac:(lia) ltac:(lia)). apply Rabs_def2 in Hh.
      destruct He as [-> | ->]; lra. }
  assert (Hswap : forall Q, part_of_sign 1 Q <-> part_of_sign (-1) (exchanged Q)).
  { intros Q. split.
    - intros (M & A & B). split; [now apply swapped|]. unfold exchanged. simpl. lra.
    - intros (M & A & B). split.
      + apply swapped in M. destruct M as [(M1 & M2 & M3) M4]. split.
        * split; [exact M1 | split; [exact M2 | exact M3]].
        * intros a Ha. rewrite <- (M4 a Ha). unfold total, exchanged. simpl. ring.
      + unfold exchanged in A, B. simpl in A, B. lra. }
  assert (Hone : (exists Q, part_of_sign 1 Q) /\ exists Q, part_of_sign (-1) Q).
  { destruct (opposite_signs P HP) as [[A B]|[A B]].
    - assert (H : part_of_sign 1 P) by (split; [exact HP | lra]).
      split; [now exists P|]. exists (exchanged P). now apply Hswap.
    - assert (H : part_of_sign (-1) P) by (split; [exact HP | lra]).
      split; [|now exists P]. exists (exchanged P). split; [now apply swapped|].
      unfold exchanged. simpl. lra. }
  destruct Hone. split; [now apply Hconn; auto|]. split; [now apply Hconn; auto|]. split; [|split].
  - intros Q HQ. apply Hset in HQ. destruct (opposite_signs Q HQ) as [[A B]|[A B]];
      [left|right]; (split; [exact HQ | lra]).
  - intros Q [(_ & A & _) (_ & B & _)]. lra.
  - exact Hswap.
Qed.
End Theory.

(** ** The checker *)
(** [inverse]: rows l_a with sum_k l_ak slope_k x_k = unit times the vector e_a, in integers. *)
Definition check_two_components (S : setting) (P : parameters) (D : denominators) (cell : string)
    (inverse : list row) (unit : positive) : bool :=
  check_cell_global_minimum S P D [cell; cell] && strictly_inside S P D
  && Nat.eqb (output_dimension S) 1 && negb (with_output_bias S)
  && (let xs := X S D in let t0 := nth 0 (T S P D) [] in let t1 := nth 1 (T S P D) [] in
      let slopes := cell_slopes S cell in let rows := scale_rows slopes xs in
      let sum := lincomb (d S) (nth 0 (V P D) []) (W S P D) in
      let sides := zmul t0 (map (zdot sum) xs) in
      for_all2 (fun x t => all_zero x || Z.ltb 0 t) xs (zmul t0 t1)
      && Nat.eqb (length slopes) (length xs)
      && forallb (fun a => Nat.eqb (length (nth a inverse [])) (length xs)
           && row_eqb (lincomb (d S) (nth a inverse []) rows) (add_at a (Zpos unit) (zeros (d S))))
           (seq 0 (d S))
      && negb (all_zero sum)
      && existsb (fun xt => negb (all_zero (fst xt)) && Z.leb (snd xt) 0) (combine xs sides)
      && existsb (fun xt => negb (all_zero (fst xt)) && Z.leb 0 (snd xt)) (combine xs sides)).

Lemma cell_slopes_at S s k a : String.get k s = Some a ->
  zvec (cell_slopes S s) k = IZR (if (a =? "+")%char then plus S else minus S).
Proof.
  revert k. induction s as [|b s IH]; intros k E; [discriminate|]. destruct k as [|k]; simpl in E.
  - injection E as ->. reflexivity.
  - now apply IH in E.
Qed.

Theorem check_two_components_sound S P D cell inverse unit :
  check_two_components S P D cell inverse unit = true -> has_two_components_in_cell S P.
Proof.
  unfold check_two_components. cbv zeta. intros H. apply andb_prop in H as [H Hx].
  apply andb_prop in H as [H Hbias]. apply andb_prop in H as [H HJ]. apply andb_prop in H as [H Hstrict].
  apply Nat.eqb_eq in HJ. apply negb_true_iff in Hbias.
  repeat rewrite andb_true_iff in Hx. destruct Hx as [[[[[Hsame Hl] Hinv] Hne] Hle] Hge].
  pose proof H as Hok. apply andb_prop in Hok as [Hok _].
  pose proof (open_cell_minimum_sound S P D _ H Hstrict) as Hmin.
  pose proof (strictly_inside_sound S P D Hok Hstrict) as Hin.
  destruct (cell_equations_sound S P D _ H) as [[Hwidth Hs] He].
  set (p := problem_of S) in *. set (P0 := network_of S P) in *.
  assert (Htwo : m P = 2%nat) by (symmetry; exact Hwidth).
  assert (Hwidth2 : width P0 = 2%nat) by exact Htwo.
  assert (Hsides : forall i k, (i < 2)%nat -> (k < points p)%nat ->
    on_side (dot p (w P0 i) (input p k)) (side_at [cell; cell] i k)).
  { intros i k Hi Hk. apply Hs; [rewrite Hwidth2|]; auto. }
  apply Nat.eqb_eq in Hl. rewrite (length_X S D) in Hl.
  set (t0 := nth 0 (T S P D) []) in *. set (t1 := nth 1 (T S P D) []) in *.
  assert (L0 : length t0 = points p) by (apply (length_T_row S P D Hok); lia).
  assert (L1 : length t1 = points p) by (apply (length_T_row S P D Hok); lia).
  assert (Ht : forall k, (k < points p)%nat ->
     zvec t0 k = RW D 0 * RX D k * dot p (w P0 0) (input p k)
     /\ zvec t1 k = RW D 1 * RX D k * dot p (w P0 1) (input p k)).
  { intros k Hk. split; [apply (T_spec S P D Hok 0 k) | apply (T_spec S P D Hok 1 k)]; auto; lia. }
  assert (Hcell : forall k, (k < points p)%nat ->
    0 < dot p (w P0 0) (input p k) * dot p (w P0 1) (input p k) \/ zero_input p k).
  { intros k Hk. apply (for_all2_spec _ _ _ [] 0%Z) in Hsame as [_ E]. rewrite (length_X S D) in E.
    specialize (E k Hk). apply orb_prop in E as [E|E]; [right; exact (zero_row_spec S P D k Hok Hk E)|]. left.
    apply Z.ltb_lt, IZR_lt in E. change (0 < zvec (zmul t0 t1) k) in E.
    destruct (zmul_spec _ t0 t1 L0 L1) as [_ E']. rewrite E' in E. destruct (Ht k Hk) as [E0 E1].
    rewrite E0, E1 in E. pose proof (RWX_pos D 0 k). pose proof (RWX_pos D 1 k).
    apply (Rmult_lt_reg_l ((RW D 0 * RX D k) * (RW D 1 * RX D k))); [now apply Rmult_lt_0_compat|]. lra. }
  set (beta0 := beta P0).
  assert (Hsum : length (lincomb (d S) (nth 0 (V P D) []) (W S P D)) = d S
    /\ forall a, zvec (lincomb (d S) (nth 0 (V P D) []) (W S P D)) a
       = IZR (Zpos (den_v D)) * IZR (Zpos (den_w D)) * beta0 a).
  { split; [apply length_lincomb, (sized_W S P D Hok)|]. intros a.
    rewrite (lincomb_spec (d S) (m P)).
    - rewrite Htwo. simpl. change (zvec (nth 0 (V P D) [])) with (zmat (V P D) 0).
      rewrite !(V_spec S P D Hok), !(W_spec S P D Hok). unfold beta0, beta. fold P0. ring.
    - apply (sized_W S P D Hok).
    - apply all_sized_nth; [apply (sized_V S P D Hok)|]. rewrite (length_V S P D Hok). simpl. lia.
    - apply (length_W S P D). }
  set (sum0 := lincomb (d S) (nth 0 (V P D) []) (W S P D)) in *. destruct Hsum as [Ls Es].
  pose proof (IZR_Zpos (den_v D)) as Pv. pose proof (IZR_Zpos (den_w D)) as Pw.
  pose proof (IZR_Zpos (den_x D)) as Px.
  assert (Hside : forall k, (k < points p)%nat -> zvec (zmul t0 (map (zdot sum0) (X S D))) k =
    (RW D 0 * RX D k) * (IZR (Zpos (den_v D)) * IZR (Zpos (den_w D)) * IZR (Zpos (den_x D)))
    * (dot p (w P0 0) (input p k) * dot p beta0 (input p k))).
  { intros k Hk. destruct (zmul_spec (points p) t0 (map (zdot sum0) (X S D)) L0) as [_ E];
      [rewrite map_length; apply (length_X S D)|].
    rewrite E, (proj1 (Ht k Hk)). unfold zvec at 1.
    rewrite (nth_map_lt _ _ k []) by (rewrite (length_X S D); exact Hk).
    assert (Lx : length (nth k (X S D) []) = d S).
    { apply all_sized_nth; [apply (sized_X S P D Hok) | rewrite (length_X S D); exact Hk]. }
    rewrite (zdot_sum (d S)) by auto.
    rewrite (sum_ext (d S) _ (fun a => (IZR (Zpos (den_v D)) * IZR (Zpos (den_w D)) * IZR (Zpos (den_x D)))
      * (beta0 a * input p k a))).
    - rewrite sum_scal. change (sum (d S) (fun a => beta0 a * input p k a)) with (dot p beta0 (input p k)). ring.
    - intros a _. rewrite Es. change (zvec (nth k (X S D) []) a) with (zmat (X S D) k a).
      rewrite (X_spec S P D Hok k a). fold p. ring. }
  assert (Hexists : forall (test : Z -> bool),
    existsb (fun xt => negb (all_zero (fst xt)) && test (snd xt))
      (combine (X S D) (zmul t0 (map (zdot sum0) (X S D)))) = true ->
    exists k, (k < points p)%nat /\ ~ zero_input p k
      /\ test (nth k (zmul t0 (map (zdot sum0) (X S D))) 0%Z) = true).
  { intros test E. apply existsb_exists in E as ([x t] & Hxt & E). simpl in E.
    apply andb_prop in E as [E1 E2].
    assert (Lz : length (zmul t0 (map (zdot sum0) (X S D))) = points p).
    { apply zmul_spec; auto. rewrite map_length. apply (length_X S D). }
    apply (In_nth _ _ ([], 0%Z)) in Hxt as (k & Hk & Ek).
    rewrite combine_length, (length_X S D), Lz, Nat.min_id in Hk.
    rewrite combine_nth in Ek by (now rewrite (length_X S D), Lz). injection Ek as Ex Et.
    exists k. split; [exact Hk|]. split; [|now rewrite Et].
    intros Hz. apply negb_true_iff in E1. rewrite <- Ex in E1.
    assert (Ea : forall a, (a < d S)%nat -> nth a (nth k (X S D) []) 0%Z = 0%Z).
    { intros a Ha. apply eq_IZR. change (zmat (X S D) k a = 0). rewrite (X_spec S P D Hok k a).
      fold p. rewrite (Hz a Ha). ring. }
    assert (Lx : length (nth k (X S D) []) = d S).
    { apply all_sized_nth; [apply (sized_X S P D Hok) | rewrite (length_X S D); exact Hk]. }
    assert (all_zero (nth k (X S D) []) = true); [|congruence].
    unfold all_zero. apply forallb_forall. intros z Hzin. apply (In_nth _ _ 0%Z) in Hzin as (a & Ha & <-).
    rewrite Ea by lia. reflexivity. }
  assert (Hpos : forall k, 0 < (RW D 0 * RX D k)
    * (IZR (Zpos (den_v D)) * IZR (Zpos (den_w D)) * IZR (Zpos (den_x D)))).
  { intros k. pose proof (RWX_pos D 0 k). repeat apply Rmult_lt_0_compat; auto; apply IZR_Zpos. }
  split; [exact Htwo|]. split; [exact Hcell|]. split; [exact Hmin|].
  assert (Hinside : cell_of p P0 (w P0 0)).
  { intros k Hk. destruct Hin as [_ Hin]. apply (Hin 0%nat k); [change (0 < m P)%nat; lia | exact Hk]. }
  pose proof (IZR_Zpos (den_slopes S)) as Pslopes. pose proof (IZR_Zpos unit) as Punit.
  apply (components p (scale_positive S P D Hok) HJ Hbias P0 Htwo Hcell Hinside (side_at [cell; cell])
    Hsides He
    (fun a k => IZR (Zpos (den_slopes S)) * IZR (Zpos (den_x D)) / IZR (Zpos unit) * zvec (nth a inverse []) k)).
  - intros a b Ha Hb. rewrite forallb_forall in Hinv. specialize (Hinv a).
    rewrite in_seq in Hinv. specialize (Hinv ltac:(split; [lia | exact Ha])).
    apply andb_prop in Hinv as [La Hinv]. apply Nat.eqb_eq in La. rewrite (length_X S D) in La.
    apply row_eqb_eq in Hinv. apply (f_equal (fun r => zvec r b)) in Hinv.
    destruct (scale_rows_spec (points p) (cell_slopes S cell) (X S D) Hl (length_X S D)) as [Lr Er].
    rewrite (lincomb_spec (d S) (points p)) in Hinv
      by (auto; apply scale_rows_sized, (sized_X S P D Hok)).
    rewrite zvec_add_at, zvec_zeros in Hinv by (rewrite length_zeros; exact Ha).
    rewrite (sum_ext _ _ (fun k => IZR (Zpos (den_slopes S)) * IZR (Zpos (den_x D))
      * (zvec (nth a inverse []) k * (slope p P0 k * input p k b)))) in Hinv.
    + rewrite sum_scal in Hinv.
      rewrite (sum_ext _ _ (fun k => IZR (Zpos (den_slopes S)) * IZR (Zpos (den_x D)) / IZR (Zpos unit)
        * (zvec (nth a inverse []) k * (slope p P0 k * input p k b)))) by (intros; ring).
      rewrite sum_scal. unfold unit_vector in Hinv. destruct (Nat.eqb a b).
      * apply (Rmult_eq_reg_l (IZR (Zpos unit))); [|lra]. rewrite Rmult_1_r.
        transitivity (0 + IZR (Zpos unit) * 1); [|ring]. rewrite <- Hinv. field. lra.
      * apply (Rmult_eq_reg_l (IZR (Zpos unit))); [|lra]. rewrite Rmult_0_r.
        transitivity (0 + IZR (Zpos unit) * 0); [|ring]. rewrite <- Hinv. field. lra.
    + intros k Hk. rewrite Er by auto. rewrite (X_spec S P D Hok k b). fold p.
      destruct (Hs 0%nat k ltac:(rewrite Hwidth2; lia) Hk) as [Hget Hon].
      rewrite (cell_slopes_at S cell k _ Hget). unfold slope.
      destruct (Hinside k Hk) as [Hp|Hz].
      * unfold on_side in Hon. destruct (side_at [cell; cell] 0 k =? "+")%char.
        -- rewrite plus_spec. fold p. destruct (Rlt_dec 0 (dot p (w P0 0) (input p k))); [ring | nra].
        -- destruct (side_at [cell; cell] 0 k =? "-")%char; [|contradiction].
           rewrite minus_spec. fold p. destruct (Rlt_dec 0 (dot p (w P0 0) (input p k))); [lra | ring].
      * rewrite (Hz b Hb). ring.
  - destruct (all_zero sum0) eqn:E; [discriminate|].
    assert (Hex : exists a, (a < d S)%nat /\ nth a sum0 0%Z <> 0%Z).
    { revert E. rewrite <- Ls. clear. induction sum0 as [|z r IH]; [discriminate|]. intros E.
      destruct z; [|exists O; split; [simpl; lia | discriminate] ..]. simpl in E.
      destruct (IH E) as (a & Ha & Hne). exists (Datatypes.S a). split; [simpl; lia | exact Hne]. }
    destruct Hex as (a & Ha & Hne'). exists a. split; [exact Ha|]. intros E0. apply Hne', eq_IZR.
    change (zvec sum0 a = 0). rewrite Es. unfold beta0. rewrite E0. ring.
  - destruct (Hexists (fun t => Z.leb t 0) Hle) as (k & Hk & Hz & E). exists k. split; [exact Hk|].
    split; [exact Hz|]. apply Z.leb_le, IZR_le in E.
    change (zvec (zmul t0 (map (zdot sum0) (X S D))) k <= 0) in E. rewrite Hside in E by exact Hk.
    apply (Rmult_le_reg_l _ _ _ (Hpos k)). rewrite Rmult_0_r. exact E.
  - destruct (Hexists (fun t => Z.leb 0 t) Hge) as (k & Hk & Hz & E). exists k. split; [exact Hk|].
    split; [exact Hz|]. apply Z.leb_le, IZR_le in E.
    change (0 <= zvec (zmul t0 (map (zdot sum0) (X S D))) k) in E. rewrite Hside in E by exact Hk.
    apply (Rmult_le_reg_l _ _ _ (Hpos k)). rewrite Rmult_0_r. exact E.
  - intros Q. unfold minimal_in_open_cell. fold p P0.
    now rewrite (both_in_open_cell p HJ P0 Htwo Hcell S P Q eq_refl eq_refl).
Qed.
