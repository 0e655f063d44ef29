(** The integral loss near a point, to second order, on one piece of the interval on which no old
    pre-activation changes its sign.  The bounds hold for all directions at once. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration Piecewise Strips.
Local Open Scope R_scope.

Lemma finite_bounds n (Q : nat -> R -> R -> Prop) :
  (forall j C C' T T', Q j C T -> C <= C' -> 0 < T' <= T -> Q j C' T') ->
  (forall j, (j < n)%nat -> exists C T, 0 <= C /\ 0 < T /\ Q j C T) ->
  exists C T, 0 <= C /\ 0 < T /\ forall j, (j < n)%nat -> Q j C T.
Proof.
  intros Hmono. induction n as [|n IH]; intros H.
  - exists 0, 1. repeat split; try lra. intros; lia.
  - destruct IH as (C1 & T1 & A1 & B1 & H1); [intros; apply H; lia|].
    destruct (H n) as (C2 & T2 & A2 & B2 & H2); [lia|].
    pose proof (Rmin_l T1 T2). pose proof (Rmin_r T1 T2).
    assert (0 < Rmin T1 T2) by now apply Rmin_glb_lt.
    exists (C1 + C2), (Rmin T1 T2). repeat split; try lra. intros j Hj.
    destruct (Nat.eq_dec j n) as [->|]; [apply (Hmono n C2 _ T2) | apply (Hmono j C1 _ T1)];
      auto; try lra; apply H1; lia.
Qed.

Lemma sum_le_scaled n f g c : (forall j, (j < n)%nat -> Rabs (f j) <= c * g j) ->
  Rabs (sum n f) <= c * sum n g.
Proof. intros H. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal. now apply sum_le. Qed.

(** P + t D, every parameter free. *)
Definition shifted (P D : scalar_network) (t : R) : scalar_network :=
  ScalarNetwork (neurons P) (fun j => weight P j + t * weight D j) (fun j => bias P j + t * bias D j)
    (fun j => height P j + t * height D j) (shift P + t * shift D).
Definition bounded (M0 : R) (P D : scalar_network) : Prop :=
  (forall j, (j < neurons P)%nat ->
     Rabs (weight D j) <= M0 /\ Rabs (bias D j) <= M0 /\ Rabs (height D j) <= M0)
  /\ Rabs (shift D) <= M0.

Lemma preactivation_shifted P D t j x :
  preactivation (shifted P D t) j x = preactivation P j x + t * preactivation D j x.
Proof. unfold preactivation. simpl. ring. Qed.

Section Piece.
Variables (p : integral_problem) (P : scalar_network) (side : nat -> option bool).
Notation m := (neurons P). Notation rho := (activation p).
Notation u := (preactivation P).

(** The side of 0 on which the pre-activation is; [None] for neurons with w = b = 0. *)
Definition sgn (s : bool) : R := if s then 1 else -1.
Definition slope_on (s : bool) : R := if s then above p else below p.
Definition fits (a b : R) : Prop := forall j, (j < m)%nat -> match side j with
  | None => weight P j = 0 /\ bias P j = 0
  | Some s => (weight P j <> 0 \/ bias P j <> 0) /\ 0 <= sgn s * u j a /\ 0 <= sgn s * u j b end.

(** f_(P + t D) = f_P + t first + t^2 second + strips. *)
Definition first (D : scalar_network) (x : R) : R := shift D + sum m (fun j => match side j with
  | None => height P j * rho (preactivation D j x)
  | Some s => slope_on s * (height P j * preactivation D j x + height D j * u j x) end).
Definition second (D : scalar_network) (x : R) : R := sum m (fun j => match side j with
  | None => height D j * rho (preactivation D j x)
  | Some s => slope_on s * (height D j * preactivation D j x) end).
Definition kink (D : scalar_network) (t : R) (j : nat) (x : R) : R := match side j with
  | None => 0
  | Some s => pos (- (sgn s * (u j x + t * preactivation D j x))) end.
Definition jump : R := above p - below p.

Lemma rho_side s t : rho t = slope_on s * t + jump * pos (- (sgn s * t)).
Proof.
  unfold jump. destruct s; simpl; destruct (Rle_dec 0 t);
    first [rewrite rho_above by lra | rewrite rho_below by lra];
    first [rewrite pos_above by lra | rewrite pos_below by lra]; ring.
Qed.

Lemma side_keeps a b s j x : a <= x <= b -> 0 <= sgn s * u j a -> 0 <= sgn s * u j b ->
  0 <= sgn s * u j x.
Proof.
  unfold preactivation. intros Hx A B.
  destruct (Rle_dec 0 (sgn s * weight P j)); nra.
Qed.

Lemma output_shifted a b D t x : fits a b -> a <= x <= b -> 0 <= t ->
  output p (shifted P D t) x = output p P x + t * first D x + t ^ 2 * second D x
    + sum m (fun j => (height P j + t * height D j) * jump * kink D t j x).
Proof.
  intros Hf Hx Ht. unfold output, first, second. simpl neurons. simpl shift.
  transitivity (shift P + t * shift D + sum m (fun j => height P j * rho (u j x)
    + t * (match side j with None => height P j * rho (preactivation D j x)
      | Some s => slope_on s * (height P j * preactivation D j x + height D j * u j x) end)
    + t ^ 2 * (match side j with None => height D j * rho (preactivation D j x)
      | Some s => slope_on s * (height D j * preactivation D j x) end)
    + (height P j + t * height D j) * jump * kink D t j x)).
  2:{ rewrite !sum_plus, !sum_scal. ring. }
  f_equal. apply sum_ext. intros j Hj. rewrite preactivation_shifted. simpl height.
  specialize (Hf j Hj). unfold kink. destruct (side j) as [s|].
  - destruct Hf as (_ & A & B). rewrite (rho_side s (u j x)).
    rewrite (rho_side s (u j x + t * preactivation D j x)).
    rewrite (pos_below (- (sgn s * u j x))); [ring|].
    pose proof (side_keeps a b s j x Hx A B). lra.
  - destruct Hf as [A B].
    assert (E : u j x = 0) by (unfold preactivation; rewrite A, B; ring). rewrite E.
    rewrite Rplus_0_l, rho_scale by auto. rewrite (rho_above p 0) by lra. ring.
Qed.

(** The weighted error, and what a kink at an end of the piece contributes. *)
Definition weighted (x : R) : R := error p P x * polynomial (density p) x.
Definition edge (D : scalar_network) (q : R) (j : nat) : R := match side j with
  | None => 0
  | Some s => if Req_EM_T (u j q) 0
              then weighted q * pos (- (sgn s * preactivation D j q)) ^ 2 / Rabs (weight P j)
              else 0 end.

Variables (a b M0 : R).
Hypotheses (Hab : a < b) (HM0 : 0 <= M0) (Hfits : fits a b).
Let M : R := M0 * (1 + Rabs a + Rabs b).

Lemma M_ge0 : 0 <= M.
Proof. pose proof (Rabs_pos a). pose proof (Rabs_pos b). apply Rmult_le_pos; lra. Qed.
Lemma x_bound x : a <= x <= b -> Rabs x <= Rabs a + Rabs b.
Proof.
  intros Hx. apply Rabs_le. pose proof (Rle_abs b). pose proof (Rle_abs (- a)) as A.
  rewrite Rabs_Ropp in A. pose proof (Rabs_pos a). pose proof (Rabs_pos b). lra.
Qed.
Lemma change_bound D j x : bounded M0 P D -> (j < m)%nat -> a <= x <= b ->
  Rabs (preactivation D j x) <= M.
Proof.
  intros [HD _] Hj Hx. destruct (HD j Hj) as (A & B & _). unfold preactivation, M.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult. pose proof (x_bound x Hx).
  pose proof (Rabs_pos (weight D j)). pose proof (Rabs_pos x).
  assert (Rabs (weight D j) * Rabs x <= M0 * (Rabs a + Rabs b)) by (apply Rmult_le_compat; auto).
  lra.
Qed.

Lemma sgn_square s : sgn s * sgn s = 1.
Proof. destruct s; simpl; ring. Qed.
Lemma sgn_abs s : Rabs (sgn s) = 1.
Proof. destruct s; simpl; [apply Rabs_R1 | rewrite Rabs_left; lra]. Qed.

Lemma weighted_area : exists v, area weighted a b v.
Proof.
  apply pieces_area. unfold weighted. apply pieces_times; [apply pieces_error; lra |].
  apply pieces_polynomial. lra.
Qed.

Lemma neuron_strip j s : (j < m)%nat -> side j = Some s -> exists C T, 0 <= C /\ 0 < T /\
  forall D t, 0 < t < T -> bounded M0 P D -> forall Z I,
    area (kink D t j) a b Z -> area (fun x => weighted x * kink D t j x) a b I ->
    Rabs Z <= C * t ^ 2 /\ Rabs (I - t ^ 2 * (edge D a j + edge D b j) / 2) <= C * t ^ 3.
Proof.
  intros Hj Hs. pose proof (Hfits j Hj) as Hf. rewrite Hs in Hf. destruct Hf as (Hnz & Ha & Hb).
  pose proof M_ge0 as HM.
  destruct weighted_area as [wv Hwv]. destruct (area_lipschitz _ _ _ _ Hwv) as (L & HL & HLip).
  assert (Hsmall : forall D, bounded M0 P D ->
     small_change a b M M0 (sgn s * weight D j) (sgn s * bias D j)).
  { intros D HD. split.
    - rewrite Rabs_mult, sgn_abs. destruct HD as [HD _]. destruct (HD j Hj). lra.
    - intros x Hx. replace (sgn s * weight D j * x + sgn s * bias D j)
        with (sgn s * preactivation D j x) by (unfold preactivation; ring).
      rewrite Rabs_mult, sgn_abs, Rmult_1_l. now apply change_bound. }
  assert (Hkink : forall D t q k dir, (forall x, sgn s * u j x = k * dir * (x - q)) -> forall x,
     kink D t j x = strip q k dir t (sgn s * weight D j) (sgn s * bias D j) x).
  { intros D t q k dir E x. unfold kink, strip. rewrite Hs. f_equal. rewrite <- E.
    unfold preactivation. ring. }
  assert (Hopen : forall D q, opening q (sgn s * weight D j) (sgn s * bias D j)
     = pos (- (sgn s * preactivation D j q))).
  { intros D q. unfold opening, preactivation. f_equal. ring. }
  destruct (Req_EM_T (u j a) 0) as [Ea|Ea].
  - (* the kink is at a *)
    assert (Hw : weight P j <> 0).
    { intros E. destruct Hnz as [|Hn]; auto. apply Hn. unfold preactivation in Ea. rewrite E in Ea. lra. }
    assert (Hu : forall x, u j x = weight P j * (x - a)) by (intros; unfold preactivation in *; lra).
    assert (Hb' : u j b <> 0) by (rewrite Hu; apply Rmult_integral_contrapositive; split; lra).
    assert (Hk : sgn s * weight P j = Rabs (weight P j)).
    { rewrite Hu in Hb. unfold Rabs. destruct s, (Rcase_abs (weight P j)); simpl in *; try lra; nra. }
    assert (E : forall x, sgn s * u j x = Rabs (weight P j) * 1 * (x - a)) by (intros; rewrite Hu, <- Hk; ring).
    destruct (strip_expansion a b a (Rabs (weight P j)) 1 M M0 Hab (Rabs_pos_lt _ Hw) HM HM0
       (or_introl (conj eq_refl eq_refl)) weighted L HL HLip) as (C & T & HC & HT & H).
    exists C, T. repeat split; auto; intros; specialize (H t _ _ H0 (Hsmall D H1) Z I);
      destruct H as [A B];
      try (apply (area_ext (kink D t j)); auto; intros; now apply Hkink);
      try (apply (area_ext (fun x => weighted x * kink D t j x)); auto; intros; f_equal; now apply Hkink);
      auto.
    unfold edge. rewrite Hs. destruct (Req_EM_T (u j a) 0); [|contradiction].
    destruct (Req_EM_T (u j b) 0); [contradiction|]. rewrite Rplus_0_r, <- Hopen. auto.
  - destruct (Req_EM_T (u j b) 0) as [Eb|Eb].
    + (* the kink is at b *)
      assert (Hw : weight P j <> 0).
      { intros E. destruct Hnz as [|Hn]; auto. apply Hn. unfold preactivation in Eb. rewrite E in Eb. lra. }
      assert (Hu : forall x, u j x = weight P j * (x - b)) by (intros; unfold preactivation in *; lra).
      assert (Hk : sgn s * weight P j = - Rabs (weight P j)).
      { rewrite Hu in Ha. unfold Rabs. destruct s, (Rcase_abs (weight P j)); simpl in *; try lra; nra. }
      assert (E : forall x, sgn s * u j x = Rabs (weight P j) * -1 * (x - b)).
      { intros. rewrite Hu. replace (sgn s * (weight P j * (x - b))) with (sgn s * weight P j * (x - b)) by ring.
        rewrite Hk. ring. }
      destruct (strip_expansion a b b (Rabs (weight P j)) (-1) M M0 Hab (Rabs_pos_lt _ Hw) HM HM0
         (or_intror (conj eq_refl eq_refl)) weighted L HL HLip) as (C & T & HC & HT & H).
      exists C, T. repeat split; auto; intros; specialize (H t _ _ H0 (Hsmall D H1) Z I);
        destruct H as [A B];
        try (apply (area_ext (kink D t j)); auto; intros; now apply Hkink);
        try (apply (area_ext (fun x => weighted x * kink D t j x)); auto; intros; f_equal; now apply Hkink);
        auto.
      unfold edge. rewrite Hs. destruct (Req_EM_T (u j a) 0); [contradiction|].
      destruct (Req_EM_T (u j b) 0); [|contradiction]. rewrite Rplus_0_l, <- Hopen. auto.
    + (* no kink near *)
      assert (Ha' : 0 < sgn s * u j a) by (destruct s; simpl in *; lra).
      assert (Hb' : 0 < sgn s * u j b) by (destruct s; simpl in *; lra).
      set (mu := Rmin (sgn s * u j a) (sgn s * u j b)).
      assert (Hmu : 0 < mu) by now apply Rmin_glb_lt.
      exists 0, (mu / (M + 1)). split; [lra|]. split; [apply Rdiv_lt_0_compat; lra|].
      intros D t Ht HD Z I HZ HI.
      assert (E : mu / (M + 1) * (M + 1) = mu) by (field; lra).
      assert (Hz : forall x, a <= x <= b -> kink D t j x = 0).
      { intros x Hx. unfold kink. rewrite Hs. apply pos_below.
        assert (mu <= sgn s * u j x).
        { pose proof (Rmin_l (sgn s * u j a) (sgn s * u j b)) as A1.
          pose proof (Rmin_r (sgn s * u j a) (sgn s * u j b)) as A2. fold mu in A1, A2.
          unfold preactivation in *. destruct (Rle_dec 0 (sgn s * weight P j)); nra. }
        destruct (Hsmall D HD) as [_ B]. specialize (B x Hx). apply abs_le_inv in B.
        replace (- (sgn s * (u j x + t * preactivation D j x))) with
          (- (sgn s * u j x) - t * (sgn s * weight D j * x + sgn s * bias D j))
          by (unfold preactivation; ring). nra. }
      assert (EZ : Z = 0).
      { apply (area_unique _ _ _ _ _ HZ). apply (area_ext (fun _ => 0)); [apply area_0; lra|].
        intros. now rewrite Hz. }
      assert (EI : I = 0).
      { apply (area_unique _ _ _ _ _ HI). apply (area_ext (fun _ => 0)); [apply area_0; lra|].
        intros. rewrite Hz by auto. ring. }
      unfold edge. rewrite Hs. destruct (Req_EM_T (u j a) 0); [contradiction|].
      destruct (Req_EM_T (u j b) 0); [contradiction|]. rewrite EZ, EI.
      replace (0 - t ^ 2 * (0 + 0) / 2) with 0 by field. rewrite Rabs_R0. lra.
Qed.

Lemma kink_pieces D t j : (j < m)%nat -> pieces (kink D t j) a b.
Proof.
  intros Hj. unfold kink. destruct (side j) as [s|]; [|apply pieces_const; lra].
  apply (pieces_ext (fun x => pos ((- sgn s * (weight P j + t * weight D j)) * x
                                   + - sgn s * (bias P j + t * bias D j)))).
  - apply pieces_pos. lra.
  - intros. f_equal. unfold preactivation. ring.
Qed.

Lemma strips_bound : exists C T, 0 <= C /\ 0 < T /\
  forall j, (j < m)%nat -> forall D t, 0 < t < T -> bounded M0 P D -> forall Z I,
    area (kink D t j) a b Z -> area (fun x => weighted x * kink D t j x) a b I ->
    Rabs Z <= C * t ^ 2 /\ Rabs (I - t ^ 2 * (edge D a j + edge D b j) / 2) <= C * t ^ 3.
Proof.
  apply (finite_bounds m (fun j C T => forall D t, 0 < t < T -> bounded M0 P D -> forall Z I,
    area (kink D t j) a b Z -> area (fun x => weighted x * kink D t j x) a b I ->
    Rabs Z <= C * t ^ 2 /\ Rabs (I - t ^ 2 * (edge D a j + edge D b j) / 2) <= C * t ^ 3)).
  - intros j C C' T T' H HC HT D t Ht HD Z I HZ HI.
    destruct (H D t ltac:(lra) HD Z I HZ HI) as [A B].
    assert (0 < t ^ 2) by (apply pow_lt; lra). assert (0 < t ^ 3) by (apply pow_lt; lra).
    split; nra.
  - intros j Hj. destruct (side j) as [s|] eqn:Es; [now apply (neuron_strip j s)|].
    exists 0, 1. split; [lra|]. split; [lra|]. intros D t Ht HD Z I HZ HI.
    assert (Hz : forall x, kink D t j x = 0) by (intros; unfold kink; now rewrite Es).
    assert (EZ : Z = 0).
    { apply (area_unique _ _ _ _ _ HZ). apply (area_ext (fun _ => 0)); [apply area_0; lra|].
      intros. now rewrite Hz. }
    assert (EI : I = 0).
    { apply (area_unique _ _ _ _ _ HI). apply (area_ext (fun _ => 0)); [apply area_0; lra|].
      intros. rewrite Hz. ring. }
    unfold edge. rewrite Es, EZ, EI. replace (0 - t ^ 2 * (0 + 0) / 2) with 0 by field.
    rewrite Rabs_R0. lra.
Qed.

Let c0 : R := Rabs (above p) + Rabs (below p).
Let U (j : nat) : R := Rabs (weight P j) * (Rabs a + Rabs b) + Rabs (bias P j).
Let MA : R := M0 + sum m (fun j => c0 * (Rabs (height P j) * M + M0 * U j)).
Let MB : R := sum m (fun _ => c0 * (M0 * M)).

Lemma c0_ge0 : 0 <= c0.
Proof. unfold c0. pose proof (Rabs_pos (above p)). pose proof (Rabs_pos (below p)). lra. Qed.
Lemma slope_bound s : Rabs (slope_on s) <= c0.
Proof. unfold c0, slope_on. pose proof (Rabs_pos (above p)). pose proof (Rabs_pos (below p)). destruct s; lra. Qed.
Lemma U_bound j x : a <= x <= b -> Rabs (u j x) <= U j.
Proof.
  intros Hx. unfold preactivation, U. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult.
  apply Rplus_le_compat_r. apply Rmult_le_compat_l; [apply Rabs_pos | now apply x_bound].
Qed.
Lemma U_ge0 j : 0 <= U j.
Proof.
  unfold U. pose proof (Rabs_pos a). pose proof (Rabs_pos b). pose proof (Rabs_pos (bias P j)).
  assert (0 <= Rabs (weight P j) * (Rabs a + Rabs b)) by (apply Rmult_le_pos; [apply Rabs_pos | lra]).
  lra.
Qed.

Lemma first_bound D x : bounded M0 P D -> a <= x <= b -> Rabs (first D x) <= MA.
Proof.
  intros HD Hx. unfold first, MA. eapply Rle_trans; [apply Rabs_triang|].
  apply Rplus_le_compat; [apply HD|]. eapply Rle_trans; [apply sum_abs|]. apply sum_le.
  intros j Hj. pose proof (change_bound D j x HD Hj Hx) as A. pose proof (U_bound j x Hx) as B.
  pose proof c0_ge0 as Hc. pose proof (U_ge0 j) as HU. pose proof (Rabs_pos (height P j)).
  assert (HV : Rabs (height D j) <= M0) by (destruct HD as [HD _]; apply HD; auto).
  assert (H1 : Rabs (height P j) * Rabs (preactivation D j x) <= Rabs (height P j) * M)
    by (apply Rmult_le_compat_l; auto).
  assert (H2 : Rabs (height D j) * Rabs (u j x) <= M0 * U j) by (apply Rmult_le_compat; auto; apply Rabs_pos).
  assert (H3 : 0 <= M0 * U j) by (apply Rmult_le_pos; auto).
  destruct (side j) as [s|].
  - rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; [apply slope_bound|].
    eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult. lra.
  - rewrite Rabs_mult. pose proof (rho_bound p (preactivation D j x)) as Hr. fold c0 in Hr.
    assert (Rabs (height P j) * Rabs (rho (preactivation D j x))
            <= Rabs (height P j) * (c0 * Rabs (preactivation D j x))) by (apply Rmult_le_compat_l; auto).
    assert (c0 * (Rabs (height P j) * Rabs (preactivation D j x)) <= c0 * (Rabs (height P j) * M + M0 * U j))
      by (apply Rmult_le_compat_l; lra).
    lra.
Qed.

Lemma second_bound D x : bounded M0 P D -> a <= x <= b -> Rabs (second D x) <= MB.
Proof.
  intros HD Hx. unfold second, MB. eapply Rle_trans; [apply sum_abs|]. apply sum_le.
  intros j Hj. pose proof (change_bound D j x HD Hj Hx) as A. pose proof c0_ge0 as Hc.
  assert (HV : Rabs (height D j) <= M0) by (destruct HD as [HD _]; apply HD; auto).
  assert (H1 : Rabs (height D j) * Rabs (preactivation D j x) <= M0 * M)
    by (apply Rmult_le_compat; auto; apply Rabs_pos).
  destruct (side j) as [s|].
  - rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; [apply slope_bound|].
    rewrite Rabs_mult. lra.
  - rewrite Rabs_mult. pose proof (rho_bound p (preactivation D j x)) as Hr. fold c0 in Hr.
    assert (Rabs (height D j) * Rabs (rho (preactivation D j x))
            <= Rabs (height D j) * (c0 * Rabs (preactivation D j x)))
      by (apply Rmult_le_compat_l; auto; apply Rabs_pos).
    assert (c0 * (Rabs (height D j) * Rabs (preactivation D j x)) <= c0 * (M0 * M))
      by (apply Rmult_le_compat_l; lra).
    lra.
Qed.

Lemma kink_bound D t j x : bounded M0 P D -> (j < m)%nat -> a <= x <= b -> 0 <= t ->
  0 <= kink D t j x <= t * M.
Proof.
  intros HD Hj Hx Ht. pose proof M_ge0 as HM. assert (0 <= t * M) by (apply Rmult_le_pos; auto).
  unfold kink. pose proof (Hfits j Hj) as Hf. destruct (side j) as [s|]; [|lra].
  split; [apply pos_ge0|]. apply pos_le; auto. destruct Hf as (_ & A & B).
  pose proof (side_keeps a b s j x Hx A B) as C. pose proof (change_bound D j x HD Hj Hx) as E.
  apply abs_le_inv in E. rewrite Rmult_plus_distr_l.
  assert (- (sgn s * (t * preactivation D j x)) <= t * M).
  { destruct s; simpl; nra. }
  lra.
Qed.

Definition first_density D x := 2 * weighted x * first D x.
Definition second_density D x :=
  2 * weighted x * second D x + polynomial (density p) x * first D x ^ 2.
Definition curvature D : R := jump * sum m (fun j => height P j * (edge D a j + edge D b j)).

Theorem piece_expansion : exists C T, 0 <= C /\ 0 < T /\
  forall D t, 0 < t < T -> bounded M0 P D -> forall I0 I1 I2 It,
    area (loss_density p P) a b I0 -> area (first_density D) a b I1 ->
    area (second_density D) a b I2 -> area (loss_density p (shifted P D t)) a b It ->
    Rabs (It - I0 - t * I1 - t ^ 2 * (I2 + curvature D)) <= C * t ^ 3.
Proof.
  destruct strips_bound as (C & T & HC & HT & Hstrips).
  assert (HEd : exists Md, 0 <= Md /\ forall x, a <= x <= b -> Rabs (polynomial (density p) x) <= Md).
  { apply (area_bounded _ a b (polynomial_area (density p) a b)). apply area_polynomial. lra. }
  destruct HEd as (Md & HMd & Hd).
  destruct weighted_area as [wv Hwv]. destruct (area_bounded _ _ _ _ Hwv) as (Mh & HMh & Hh).
  pose proof M_ge0 as HM. pose proof c0_ge0 as Hc.
  set (mR := INR m). assert (HmR : 0 <= mR) by apply pos_INR.
  set (V := sum m (fun j => Rabs (height P j)) + M0).
  assert (HV0 : 0 <= sum m (fun j => Rabs (height P j))) by (apply sum_ge0; intros; apply Rabs_pos).
  assert (HV : forall j, (j < m)%nat -> Rabs (height P j) + M0 <= V).
  { intros j Hj. unfold V. apply Rplus_le_compat_r.
    assert (E : sum m (fun i => if Nat.eqb i j then Rabs (height P j) else 0) = Rabs (height P j)).
    { rewrite (sum_single _ _ j Hj); [now rewrite Nat.eqb_refl|].
      intros k _ Hne. apply Nat.eqb_neq in Hne. now rewrite Hne. }
    rewrite <- E. apply sum_le. intros i Hi.
    destruct (Nat.eqb_spec i j); [subst; lra | apply Rabs_pos]. }
  set (G := V * Rabs jump). assert (HVp : 0 <= V) by (unfold V; lra).
  assert (HG : 0 <= G) by (apply Rmult_le_pos; auto; apply Rabs_pos).
  assert (HMA : 0 <= MA).
  { apply Rplus_le_le_0_compat; auto. apply sum_ge0. intros j Hj. apply Rmult_le_pos; auto.
    pose proof (U_ge0 j).
    apply Rplus_le_le_0_compat; apply Rmult_le_pos; auto. apply Rabs_pos. }
  assert (HMB : 0 <= MB).
  { apply sum_ge0. intros j Hj. apply Rmult_le_pos; auto. apply Rmult_le_pos; auto. }
  set (Nn := 2 * MA + MB + G * (mR * M)).
  assert (HGm : 0 <= G * (mR * M)) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; auto).
  assert (HN : 0 <= Nn) by (unfold Nn; lra).
  set (C1 := Md * Nn * MB). set (C2 := Md * Nn * G + 2 * Mh * Rabs jump * M0).
  assert (HMdN : 0 <= Md * Nn) by (apply Rmult_le_pos; auto).
  assert (HC1 : 0 <= C1) by (apply Rmult_le_pos; auto).
  assert (HMhj : 0 <= 2 * Mh * Rabs jump) by (apply Rmult_le_pos; [lra | apply Rabs_pos]).
  assert (HC2 : 0 <= C2).
  { apply Rplus_le_le_0_compat; [apply Rmult_le_pos; auto | apply Rmult_le_pos; auto]. }
  set (C3 := C1 * (b - a) + C2 * (mR * C) + Rabs jump * 2 * (V * C) * mR).
  assert (HC3 : 0 <= C3).
  { unfold C3. repeat apply Rplus_le_le_0_compat; repeat apply Rmult_le_pos; auto; try lra; apply Rabs_pos. }
  exists C3, (Rmin T 1). split; auto. split; [apply Rmin_glb_lt; lra|].
  intros D t Ht HD I0 I1 I2 It H0 H1 H2 H3.
  pose proof (Rmin_l T 1). pose proof (Rmin_r T 1).
  assert (Ht2 : 0 < t ^ 2) by (apply pow_lt; lra). assert (Ht3 : 0 < t ^ 3) by (apply pow_lt; lra).
  assert (Ht21 : t ^ 2 <= t) by nra.
  (* the areas of the strips *)
  assert (HZ : exists Z I, forall j, (j < m)%nat ->
     area (kink D t j) a b (Z j) /\ area (fun x => weighted x * kink D t j x) a b (I j)).
  { assert (HEx : forall n, (n <= m)%nat -> exists Z I, forall j, (j < n)%nat ->
       area (kink D t j) a b (Z j) /\ area (fun x => weighted x * kink D t j x) a b (I j)).
    { induction n as [|n IH]; intros Hn.
      - exists (fun _ => 0), (fun _ => 0). intros; lia.
      - destruct IH as (Z & I & HZI); [lia|].
        pose proof (kink_pieces D t n ltac:(lia)) as A. destruct (pieces_area _ _ _ A) as [z Hz].
        assert (B : pieces (fun x => weighted x * kink D t n x) a b).
        { apply pieces_times; auto. unfold weighted. apply pieces_times; [apply pieces_error; lra|].
          apply pieces_polynomial. lra. }
        destruct (pieces_area _ _ _ B) as [i Hi].
        exists (fun j => if Nat.eqb j n then z else Z j), (fun j => if Nat.eqb j n then i else I j).
        intros j Hj. destruct (Nat.eqb_spec j n) as [->|]; auto. apply HZI. lia. }
    apply (HEx m). lia. }
  destruct HZ as (Z & I & HZI).
  assert (HZb : Rabs (sum m Z) <= mR * C * t ^ 2).
  { replace (mR * C * t ^ 2) with (C * t ^ 2 * sum m (fun _ => 1)) by (rewrite sum_const; unfold mR; ring).
    apply sum_le_scaled. intros j Hj. destruct (HZI j Hj) as [A B].
    destruct (Hstrips j Hj D t ltac:(lra) HD _ _ A B) as [E _]. lra. }
  (* what remains, pointwise *)
  set (S := fun x => sum m (fun j => kink D t j x)).
  set (Rem := fun x => loss_density p (shifted P D t) x + -1 * loss_density p P x
     + (- t) * first_density D x + (- t ^ 2) * second_density D x
     + (- (2 * jump)) * sum m (fun j => height P j * (weighted x * kink D t j x))).
  assert (HRem : forall x, a <= x <= b -> Rabs (Rem x) <= C1 * t ^ 3 + C2 * t * S x).
  { intros x Hx.
    set (d := polynomial (density p) x). set (A := first D x). set (B := second D x).
    set (E := sum m (fun j => (height P j + t * height D j) * jump * kink D t j x)).
    set (F := sum m (fun j => height D j * kink D t j x)).
    assert (HS : 0 <= S x <= t * (mR * M)).
    { split; [apply sum_ge0; intros j Hj; apply (kink_bound D t j x HD Hj Hx); lra|].
      replace (t * (mR * M)) with (sum m (fun _ => t * M)) by (rewrite sum_const; unfold mR; ring).
      apply sum_le. intros j Hj. apply (kink_bound D t j x HD Hj Hx); lra. }
    assert (HE : Rabs E <= G * S x).
    { apply sum_le_scaled. intros j Hj.
      pose proof (kink_bound D t j x HD Hj Hx ltac:(lra)) as Hz.
      rewrite !Rabs_mult, (Rabs_right (kink D t j x)) by lra.
      apply Rmult_le_compat_r; [lra|]. unfold G. apply Rmult_le_compat_r; [apply Rabs_pos|].
      eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [|apply (HV j Hj)].
      apply Rplus_le_compat_l. rewrite Rabs_mult, (Rabs_right t) by lra.
      destruct HD as [HD _]. destruct (HD j Hj) as (_ & _ & Hv).
      pose proof (Rabs_pos (height D j)). nra. }
    assert (HF : Rabs F <= M0 * S x).
    { apply sum_le_scaled. intros j Hj.
      pose proof (kink_bound D t j x HD Hj Hx ltac:(lra)) as Hz.
      rewrite Rabs_mult, (Rabs_right (kink D t j x)) by lra.
      apply Rmult_le_compat_r; [lra|]. destruct HD as [HD _]. apply (HD j Hj). }
    assert (Eq : Rem x = t * (2 * jump * weighted x * F)
                 + d * ((t ^ 2 * B + E) * (2 * t * A + t ^ 2 * B + E))).
    { assert (EF : E = jump * sum m (fun j => height P j * kink D t j x) + t * jump * F).
      { unfold E, F. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros. ring. }
      unfold Rem. rewrite (sum_ext m (fun j => height P j * (weighted x * kink D t j x))
        (fun j => weighted x * (height P j * kink D t j x))) by (intros; ring).
      rewrite sum_scal. set (Q := sum m (fun j => height P j * kink D t j x)) in *.
      unfold loss_density, first_density, second_density, error.
      rewrite (output_shifted a b D t x Hfits Hx) by lra. fold d A B E.
      unfold weighted, error. fold d. rewrite EF. ring. }
    assert (HA : Rabs A <= MA) by now apply first_bound.
    assert (HB : Rabs B <= MB) by now apply second_bound.
    assert (HGS : G * S x <= t * (G * (mR * M))).
    { replace (t * (G * (mR * M))) with (G * (t * (mR * M))) by ring. apply Rmult_le_compat_l; lra. }
    assert (B1 : Rabs (t ^ 2 * B + E) <= t ^ 2 * MB + G * S x).
    { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_right (t ^ 2)) by lra.
      assert (t ^ 2 * Rabs B <= t ^ 2 * MB) by (apply Rmult_le_compat_l; lra). lra. }
    assert (B2 : Rabs (2 * t * A + t ^ 2 * B + E) <= t * Nn).
    { eapply Rle_trans; [apply Rabs_triang|].
      assert (Rabs (2 * t * A + t ^ 2 * B) <= t * (2 * MA) + t * MB).
      { eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_right 2), (Rabs_right t),
          (Rabs_right (t ^ 2)) by lra.
        assert (2 * t * Rabs A <= t * (2 * MA)) by nra.
        assert (t ^ 2 * Rabs B <= t * MB) by (apply Rmult_le_compat; try lra; apply Rabs_pos). lra. }
      unfold Nn. lra. }
    assert (B3 : Rabs (d * ((t ^ 2 * B + E) * (2 * t * A + t ^ 2 * B + E)))
                 <= Md * ((t ^ 2 * MB + G * S x) * (t * Nn))).
    { rewrite !Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; [|now apply Hd|].
      - apply Rmult_le_pos; apply Rabs_pos.
      - apply Rmult_le_compat; auto; apply Rabs_pos. }
    assert (B4 : Rabs (t * (2 * jump * weighted x * F)) <= t * (2 * Mh * Rabs jump * M0 * S x)).
    { rewrite !Rabs_mult, (Rabs_right t), (Rabs_right 2) by lra. apply Rmult_le_compat_l; [lra|].
      replace (2 * Mh * Rabs jump * M0 * S x) with (2 * Rabs jump * Mh * (M0 * S x)) by ring.
      apply Rmult_le_compat; auto; try apply Rabs_pos.
      - pose proof (Rabs_pos jump). pose proof (Rabs_pos (weighted x)).
        apply Rmult_le_pos; auto. lra.
      - apply Rmult_le_compat_l; [pose proof (Rabs_pos jump); lra|]. now apply Hh. }
    rewrite Eq. eapply Rle_trans; [apply Rabs_triang|].
    eapply Rle_trans; [apply Rplus_le_compat; [exact B4 | exact B3]|].
    apply Req_le. unfold C1, C2. simpl. ring. }
  (* its area *)
  assert (HRa : area Rem a b (It + -1 * I0 + (- t) * I1 + (- t ^ 2) * I2
                              + (- (2 * jump)) * sum m (fun j => height P j * I j))).
  { unfold Rem. repeat apply area_plus; auto; try apply area_scal; auto.
    apply (area_sum m (fun j x => height P j * (weighted x * kink D t j x)) a b
             (fun j => height P j * I j)); [lra|].
    intros j Hj. apply area_scal. now apply HZI. }
  assert (HSa : area (fun x => C1 * t ^ 3 + C2 * t * S x) a b
                     (C1 * t ^ 3 * (b - a) + C2 * t * sum m Z)).
  { apply area_plus; [apply area_const; lra|]. apply area_scal.
    apply (area_sum m (kink D t)); [lra|]. intros j Hj. now apply HZI. }
  pose proof (area_abs_le _ _ _ _ _ _ HRa HSa HRem) as Hfin.
  assert (HK : Rabs (2 * jump * sum m (fun j => height P j * I j) - t ^ 2 * curvature D)
               <= Rabs jump * 2 * (V * C) * mR * t ^ 3).
  { unfold curvature.
    replace (2 * jump * sum m (fun j => height P j * I j)
       - t ^ 2 * (jump * sum m (fun j => height P j * (edge D a j + edge D b j))))
      with (jump * 2 * sum m (fun j => height P j * (I j - t ^ 2 * (edge D a j + edge D b j) / 2))).
    2:{ rewrite <- !sum_scal, <- sum_minus. apply sum_ext. intros. field. }
    rewrite !Rabs_mult, (Rabs_right 2) by lra. rewrite (Rmult_assoc (Rabs jump * 2)).
    rewrite (Rmult_assoc (Rabs jump * 2)).
    apply Rmult_le_compat_l; [pose proof (Rabs_pos jump); lra|].
    replace (V * C * mR * t ^ 3) with (V * C * t ^ 3 * sum m (fun _ => 1))
      by (rewrite sum_const; unfold mR; ring).
    apply sum_le_scaled. intros j Hj. destruct (HZI j Hj) as [A B].
    destruct (Hstrips j Hj D t ltac:(lra) HD _ _ A B) as [_ E].
    rewrite Rabs_mult, Rmult_1_r, Rmult_assoc. apply Rmult_le_compat; auto; try apply Rabs_pos.
    specialize (HV j Hj). lra. }
  apply abs_le_inv in HZb. apply abs_le_inv in Hfin. apply abs_le_inv in HK.
  assert (HZt : C2 * t * sum m Z <= C2 * (mR * C) * t ^ 3).
  { replace (C2 * (mR * C) * t ^ 3) with (C2 * t * (mR * C * t ^ 2)) by (simpl; ring).
    apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra]. }
  apply Rabs_le. unfold C3. lra.
Qed.

Lemma pieces_weighted c d : c <= d -> pieces weighted c d.
Proof.
  intros H. unfold weighted. apply pieces_times; [now apply pieces_error | now apply pieces_polynomial].
Qed.
Lemma pieces_preactivation Q j c d : c <= d -> pieces (preactivation Q j) c d.
Proof. apply pieces_affine. Qed.
Lemma pieces_first D : pieces (first D) a b.
Proof.
  unfold first. apply (pieces_plus (fun _ => shift D)); [apply pieces_const; lra|].
  apply pieces_sum; [lra|]. intros j Hj. destruct (side j) as [s|].
  - apply pieces_scal, pieces_plus; apply pieces_scal, pieces_preactivation; lra.
  - apply pieces_scal. unfold preactivation. apply pieces_activation. lra.
Qed.
Lemma pieces_second D : pieces (second D) a b.
Proof.
  unfold second. apply pieces_sum; [lra|]. intros j Hj. destruct (side j) as [s|].
  - apply pieces_scal, pieces_scal, pieces_preactivation. lra.
  - apply pieces_scal. unfold preactivation. apply pieces_activation. lra.
Qed.
Lemma first_area D : exists v, area (first_density D) a b v.
Proof.
  apply pieces_area. unfold first_density. apply pieces_times; [|apply pieces_first].
  apply pieces_scal, pieces_weighted. lra.
Qed.

(** The second-order terms are bounded, for all directions at once. *)
Lemma second_area : exists B, 0 <= B /\ forall D, bounded M0 P D ->
  exists v, area (second_density D) a b v /\ Rabs (v + curvature D) <= B.
Proof.
  assert (HEd : exists Md, 0 <= Md /\ forall x, a <= x <= b -> Rabs (polynomial (density p) x) <= Md).
  { apply (area_bounded _ a b (polynomial_area (density p) a b)). apply area_polynomial. lra. }
  destruct HEd as (Md & HMd & Hd).
  destruct weighted_area as [wv Hwv]. destruct (area_bounded _ _ _ _ Hwv) as (Mh & HMh & Hh).
  pose proof M_ge0 as HM.
  set (e := fun j => Mh * M ^ 2 * Rabs (/ Rabs (weight P j))).
  assert (He : forall j, 0 <= e j).
  { intros j. unfold e. apply Rmult_le_pos; [|apply Rabs_pos].
    apply Rmult_le_pos; auto. apply pow2_ge_0. }
  set (B1 := 2 * Mh * MB + Md * MA ^ 2).
  set (B2 := Rabs jump * sum m (fun j => Rabs (height P j) * (2 * e j))).
  assert (HB2 : 0 <= B2).
  { apply Rmult_le_pos; [apply Rabs_pos|]. apply sum_ge0. intros j Hj. apply Rmult_le_pos;
      [apply Rabs_pos | specialize (He j); lra]. }
  exists (Rabs (B1 * (b - a)) + B2). split; [pose proof (Rabs_pos (B1 * (b - a))); lra|].
  intros D HD.
  assert (Hp : pieces (second_density D) a b).
  { unfold second_density. apply pieces_plus.
    - apply pieces_times; [apply pieces_scal, pieces_weighted; lra | apply pieces_second].
    - apply (pieces_ext (fun x => polynomial (density p) x * (first D x * first D x))).
      + apply pieces_times; [apply pieces_polynomial; lra | apply pieces_times; apply pieces_first].
      + intros. ring. }
  destruct (pieces_area _ _ _ Hp) as [v Hv]. exists v. split; auto.
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat.
  - eapply Rle_trans; [|apply Rle_abs].
    apply (area_abs_le _ (fun _ => B1) a b _ _ Hv); [apply area_const; lra|].
    intros x Hx. pose proof (first_bound D x HD Hx) as H1. pose proof (second_bound D x HD Hx) as H2.
    specialize (Hd x Hx). specialize (Hh x Hx).
    unfold second_density. eapply Rle_trans; [apply Rabs_triang|].
    rewrite !Rabs_mult, (Rabs_right 2) by lra. rewrite <- RPow_abs. unfold B1.
    apply Rplus_le_compat.
    + apply Rmult_le_compat; try apply Rabs_pos; auto; [pose proof (Rabs_pos (weighted x)); lra | lra].
    + apply Rmult_le_compat; try apply Rabs_pos; auto; [apply pow2_ge_0|].
      apply pow_incr. split; auto. apply Rabs_pos.
  - unfold curvature, B2. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos|].
    eapply Rle_trans; [apply sum_abs|]. apply sum_le. intros j Hj. rewrite Rabs_mult.
    apply Rmult_le_compat_l; [apply Rabs_pos|].
    assert (Hq : forall q, a <= q <= b -> Rabs (edge D q j) <= e j).
    { intros q Hq. unfold edge. destruct (side j) as [s|]; [|rewrite Rabs_R0; auto].
      destruct (Req_EM_T (u j q) 0); [|rewrite Rabs_R0; auto].
      unfold Rdiv. rewrite !Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|].
      apply Rmult_le_compat; try apply Rabs_pos; auto. rewrite <- RPow_abs.
      apply pow_incr. split; [apply Rabs_pos|]. rewrite Rabs_right by (apply Rle_ge, pos_ge0).
      apply pos_le; auto. pose proof (change_bound D j q HD Hj Hq) as A. apply abs_le_inv in A.
      destruct s; simpl; lra. }
    eapply Rle_trans; [apply Rabs_triang|].
    pose proof (Hq a ltac:(lra)). pose proof (Hq b ltac:(lra)). lra.
Qed.
End Piece.
