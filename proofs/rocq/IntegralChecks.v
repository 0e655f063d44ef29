(** The checkers of claims about an integral loss, over rational numbers, and their soundness. *)
From Coq Require Import QArith Qreals Qreduction Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums IntegralDefinitions Integration Piecewise Strips.
From Exactland Require Facts.
From Exactland Require Import IntegralExpansion IntegralTheorems IntegralMinimum IntegralClaims.
Import ListNotations.

(** ** Rational numbers and polynomials; results are reduced *)
Local Open Scope Q_scope.
Definition is_zero (q : Q) : bool := Z.eqb (Qnum q) 0.
Definition nonnegative (q : Q) : bool := Z.leb 0 (Qnum q).
Definition positive_q (q : Q) : bool := Z.ltb 0 (Qnum q).
Definition qmin0 (q : Q) : Q := if nonnegative q then 0 else q.
Definition qpos (q : Q) : Q := if nonnegative q then q else 0.
Definition qabs (q : Q) : Q := if nonnegative q then q else - q.
Fixpoint qsum (n : nat) (f : nat -> Q) : Q :=
  match n with O => 0 | S k => Qplus' (qsum k f) (f k) end.
Fixpoint eval (f : list Q) (x : Q) : Q :=
  match f with [] => 0 | a :: f' => Qplus' a (Qmult' x (eval f' x)) end.
Fixpoint qplus (f g : list Q) : list Q :=
  match f, g with [], _ => g | _, [] => f | a :: f', b :: g' => Qplus' a b :: qplus f' g' end.
Definition qscale (c : Q) (f : list Q) : list Q := map (Qmult' c) f.
Fixpoint qtimes (f g : list Q) : list Q :=
  match f with [] => [] | a :: f' => qplus (qscale a g) (0 :: qtimes f' g) end.
Fixpoint qanti (n : positive) (f : list Q) : list Q :=
  match f with [] => [] | a :: f' => Qmult' a (1 # n) :: qanti (Pos.succ n) f' end.
Definition qarea (f : list Q) (a b : Q) : Q :=
  let F := 0 :: qanti 1 f in Qplus' (eval F b) (- eval F a).

(** A polynomial is not negative on [a, b]: a bound by Horner's scheme, or on both halves. *)
Fixpoint qshift (f : list Q) (a : Q) : list Q :=
  match f with [] => [] | c :: f' => let g := qshift f' a in qplus (c :: g) (qscale a g) end.
Fixpoint qlow (f : list Q) (h : Q) : Q :=
  match f with [] => 0 | c :: f' => Qplus' c (qmin0 (Qmult' h (qlow f' h))) end.
Fixpoint nonnegative_on (depth : nat) (f : list Q) (a b : Q) : bool :=
  nonnegative (qlow (qshift f a) (Qplus' b (- a)))
  || match depth with
     | O => false
     | S n => let c := Qmult' (1 # 2) (Qplus' a b) in nonnegative_on n f a c && nonnegative_on n f c b
     end.

Local Open Scope R_scope.
Notation ev f x := (polynomial (map Q2R f) x).

Lemma q_plus a b : Q2R (Qplus' a b) = Q2R a + Q2R b.
Proof. rewrite (Qeq_eqR _ _ (Qplus'_correct a b)). apply Q2R_plus. Qed.
Lemma q_mult a b : Q2R (Qmult' a b) = Q2R a * Q2R b.
Proof. rewrite (Qeq_eqR _ _ (Qmult'_correct a b)). apply Q2R_mult. Qed.
Lemma q_0 : Q2R 0 = 0.
Proof. unfold Q2R. simpl. lra. Qed.
Lemma q_num q : Q2R q = IZR (Qnum q) * / IZR (Zpos (Qden q)).
Proof. reflexivity. Qed.
Lemma den_pos q : 0 < / IZR (Zpos (Qden q)).
Proof. apply Rinv_0_lt_compat. now apply IZR_lt. Qed.
Lemma is_zero_spec q : if is_zero q then Q2R q = 0 else Q2R q <> 0.
Proof.
  unfold is_zero. rewrite q_num. pose proof (den_pos q). destruct (Z.eqb_spec (Qnum q) 0) as [->|E]; [lra|].
  apply Rmult_integral_contrapositive. split; [now apply not_0_IZR | lra].
Qed.
Lemma nonnegative_spec q : if nonnegative q then 0 <= Q2R q else Q2R q < 0.
Proof.
  unfold nonnegative. rewrite q_num. pose proof (den_pos q). destruct (Z.leb_spec 0 (Qnum q)) as [E|E];
    apply IZR_le in E || apply IZR_lt in E; nra.
Qed.
Lemma positive_spec q : if positive_q q then 0 < Q2R q else Q2R q <= 0.
Proof.
  unfold positive_q. rewrite q_num. pose proof (den_pos q). destruct (Z.ltb_spec 0 (Qnum q)) as [E|E];
    apply IZR_le in E || apply IZR_lt in E; nra.
Qed.
Lemma qmin0_spec q : Q2R (qmin0 q) = Rmin 0 (Q2R q).
Proof.
  unfold qmin0. pose proof (nonnegative_spec q). destruct (nonnegative q).
  - rewrite Rmin_left; auto. apply q_0.
  - rewrite Rmin_right; lra.
Qed.
Lemma qpos_spec q : Q2R (qpos q) = pos (Q2R q).
Proof.
  unfold qpos. pose proof (nonnegative_spec q). destruct (nonnegative q).
  - now rewrite pos_above.
  - rewrite pos_below by lra. apply q_0.
Qed.
Lemma qabs_spec q : Q2R (qabs q) = Rabs (Q2R q).
Proof.
  unfold qabs. pose proof (nonnegative_spec q). destruct (nonnegative q).
  - now rewrite Rabs_right by lra.
  - rewrite Rabs_left by lra. apply Q2R_opp.
Qed.
Lemma qsum_spec n f : Q2R (qsum n f) = sum n (fun j => Q2R (f j)).
Proof. induction n as [|n IH]; simpl; [apply q_0 | now rewrite q_plus, IH]. Qed.
Lemma eval_spec f x : Q2R (eval f x) = ev f (Q2R x).
Proof. induction f as [|a f IH]; simpl; [apply q_0 | now rewrite q_plus, q_mult, IH]. Qed.
Lemma qplus_spec f g x : ev (qplus f g) x = ev f x + ev g x.
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; try lra. rewrite q_plus, IH. ring.
Qed.
Lemma qscale_spec c f x : ev (qscale c f) x = Q2R c * ev f x.
Proof. unfold qscale. induction f as [|a f IH]; simpl; [ring | rewrite q_mult, IH; ring]. Qed.
Lemma qtimes_spec f g x : ev (qtimes f g) x = ev f x * ev g x.
Proof.
  induction f as [|a f IH]; simpl; [ring|]. rewrite qplus_spec, qscale_spec. simpl.
  rewrite IH, q_0. ring.
Qed.
Lemma qanti_spec f : forall n, map Q2R (qanti n f) = antiderivative_from (Pos.to_nat n) (map Q2R f).
Proof.
  induction f as [|a f IH]; intros n; simpl; auto. rewrite q_mult, IH, Pos2Nat.inj_succ. f_equal.
  unfold Rdiv. f_equal. rewrite q_num. simpl. rewrite INR_IZR_INZ, positive_nat_Z. ring.
Qed.
Lemma qarea_spec f a b : Q2R a <= Q2R b -> area (fun x => ev f x) (Q2R a) (Q2R b) (Q2R (qarea f a b)).
Proof.
  intros H. unfold qarea. rewrite q_plus, Q2R_opp, !eval_spec. cbn [map]. rewrite qanti_spec, q_0.
  exact (area_polynomial (map Q2R f) _ _ H).
Qed.

Lemma qshift_spec f a x : ev (qshift f a) x = ev f (Q2R a + x).
Proof.
  induction f as [|c f IH]; auto. cbn [qshift].
  rewrite qplus_spec, qscale_spec. simpl. rewrite IH. ring.
Qed.
Lemma qlow_spec f h : 0 <= Q2R h -> forall z, 0 <= z <= Q2R h -> Q2R (qlow f h) <= ev f z.
Proof.
  intros Hh z Hz. induction f as [|c f IH]; simpl; [rewrite q_0; lra|].
  rewrite q_plus, qmin0_spec, q_mult. apply Rplus_le_compat_l.
  pose proof (Rmin_l 0 (Q2R h * Q2R (qlow f h))). pose proof (Rmin_r 0 (Q2R h * Q2R (qlow f h))).
  destruct (Rle_dec 0 (Q2R (qlow f h))); nra.
Qed.
Lemma nonnegative_on_spec n f : forall a b, Q2R a <= Q2R b -> nonnegative_on n f a b = true ->
  forall x, Q2R a <= x <= Q2R b -> 0 <= ev f x.
Proof.
  assert (Hone : forall a b, Q2R a <= Q2R b -> nonnegative (qlow (qshift f a) (Qplus' b (- a))) = true ->
    forall x, Q2R a <= x <= Q2R b -> 0 <= ev f x).
  { intros a b Hab H x Hx. assert (Eh : Q2R (Qplus' b (- a)) = Q2R b - Q2R a) by (rewrite q_plus, Q2R_opp; ring).
    pose proof (nonnegative_spec (qlow (qshift f a) (Qplus' b (- a)))) as A. rewrite H in A.
    pose proof (qlow_spec (qshift f a) (Qplus' b (- a)) ltac:(lra) (x - Q2R a) ltac:(lra)) as B.
    rewrite qshift_spec in B. replace (Q2R a + (x - Q2R a)) with x in B by ring. lra. }
  induction n as [|n IH]; intros a b Hab H x Hx; simpl in H; apply orb_prop in H; destruct H as [H|H].
  1, 3: now apply (Hone a b).
  - discriminate.
  - apply andb_prop in H. destruct H as [H1 H2].
    set (c := Qmult' (1 # 2) (Qplus' a b)) in *.
    assert (Ec : Q2R c = (Q2R a + Q2R b) / 2).
    { unfold c. rewrite q_mult, q_plus, q_num. simpl. lra. }
    destruct (Rle_dec x (Q2R c)); [apply (IH a c) | apply (IH c b)]; auto; lra.
Qed.

(** ** One piece *)
Section Checks.
Variables (S : integral_setting) (P D : scalar_parameters).
Notation p := (integral_problem_of S). Notation P0 := (scalar_network_of P).
Notation D0 := (scalar_network_of D). Notation m := (length (weights P)).
Definition get (v : list Q) (j : nat) : Q := nth j v 0%Q.
Definition pre (N : scalar_parameters) (j : nat) (x : Q) : Q :=
  Qplus' (Qmult' (get (weights N) j) x) (get (biases N) j).
Definition degenerate (j : nat) : bool := is_zero (get (weights P) j) && is_zero (get (biases P) j).

(** The common sign of a pre-activation at both ends. *)
Definition sign_of (N : scalar_parameters) (j : nat) (a b : Q) : option bool :=
  let u := pre N j a in let v := pre N j b in
  if nonnegative u && nonnegative v then Some true
  else if nonnegative (- u) && nonnegative (- v) then Some false else None.
Definition side_of (a b : Q) (j : nat) : option bool := if degenerate j then None else sign_of P j a b.
Definition qslope (s : bool) : Q := if s then fst (slopes S) else snd (slopes S).
(** The slope of neuron j on [a, b]; of a neuron with w = b = 0, the slope with which it leaves. *)
Definition slope_at (a b : Q) (j : nat) : option Q :=
  if degenerate j then
    if is_zero (get (heights P) j) && is_zero (get (heights D) j) then Some 0%Q
    else option_map qslope (sign_of D j a b)
  else option_map qslope (sign_of P j a b).
Definition slope_or_0 (a b : Q) (j : nat) : Q :=
  match slope_at a b j with Some s => s | None => 0%Q end.
Definition all_below (n : nat) (f : nat -> bool) : bool := forallb f (seq 0 n).
Definition fits_q (a b : Q) : bool :=
  positive_q (Qplus' b (- a))
  && all_below m (fun j => match slope_at a b j with Some _ => true | None => false end).

(** The sums over neurons of height * slope * weight and height * slope * bias. *)
Definition affine (heights_of weights_of biases_of : list Q) (s : list Q) : list Q :=
  let vs j := Qmult' (get heights_of j) (get s j) in
  [qsum m (fun j => Qmult' (vs j) (get biases_of j)); qsum m (fun j => Qmult' (vs j) (get weights_of j))].
Definition slopes_on (a b : Q) : list Q := map (slope_or_0 a b) (seq 0 m).
Definition error_q (s : list Q) : list Q :=
  qplus (qplus [output_shift P] (affine (heights P) (weights P) (biases P) s))
        (qscale (-1) (target_polynomial S)).
Definition first_q (s : list Q) : list Q :=
  qplus [output_shift D] (qplus (affine (heights P) (weights D) (biases D) s)
                                (affine (heights D) (weights P) (biases P) s)).
Definition second_q (s : list Q) : list Q := affine (heights D) (weights D) (biases D) s.
Definition density_q : list Q := qscale (integral_scale S) (weight_polynomial S).
Definition edge_q (w : list Q) (a b q : Q) (j : nat) : Q :=
  match side_of a b j with
  | Some t => if is_zero (pre P j q) then
      let c := qpos (if t then - pre D j q else pre D j q) in
      Qmult' (Qmult' (eval w q) (Qmult' c c)) (/ qabs (get (weights P) j))
    else 0%Q
  | None => 0%Q end.
(** The loss on [a, b] along P + t D, to second order. *)
Definition coefficients (a b : Q) : Q * Q * Q :=
  let s := slopes_on a b in let r := error_q s in let w := qtimes r density_q in
  let A := first_q s in let B := second_q s in
  (qarea (qtimes r w) a b,
   qarea (qscale 2 (qtimes w A)) a b,
   Qplus' (qarea (qplus (qscale 2 (qtimes w B)) (qtimes density_q (qtimes A A))) a b)
     (Qmult' (Qplus' (fst (slopes S)) (- snd (slopes S)))
        (qsum m (fun j => Qmult' (get (heights P) j)
           (Qplus' (edge_q w a b a j) (edge_q w a b b j)))))).

Lemma get_spec v j : at_index v j = Q2R (get v j).
Proof. reflexivity. Qed.
Lemma pre_spec N j x : Q2R (pre N j x) = preactivation (scalar_network_of N) j (Q2R x).
Proof. unfold pre, preactivation. now rewrite q_plus, q_mult. Qed.
Lemma degenerate_spec j : if degenerate j then weight P0 j = 0 /\ bias P0 j = 0
  else weight P0 j <> 0 \/ bias P0 j <> 0.
Proof.
  unfold degenerate. pose proof (is_zero_spec (get (weights P) j)). pose proof (is_zero_spec (get (biases P) j)).
  destruct (is_zero (get (weights P) j)), (is_zero (get (biases P) j)); simpl; auto.
Qed.
Lemma sign_of_spec N j a b t : sign_of N j a b = Some t ->
  0 <= sgn t * preactivation (scalar_network_of N) j (Q2R a)
  /\ 0 <= sgn t * preactivation (scalar_network_of N) j (Q2R b).
Proof.
  unfold sign_of. rewrite <- !pre_spec. cbv zeta. intros H.
  pose proof (nonnegative_spec (pre N j a)) as A. pose proof (nonnegative_spec (pre N j b)) as B.
  pose proof (nonnegative_spec (- pre N j a)) as A'. pose proof (nonnegative_spec (- pre N j b)) as B'.
  rewrite Q2R_opp in A', B'.
  destruct (nonnegative (pre N j a)), (nonnegative (pre N j b)), (nonnegative (- pre N j a)),
    (nonnegative (- pre N j b)); simpl in H; try discriminate; injection H as <-; simpl; lra.
Qed.
Lemma all_below_spec n f : all_below n f = true -> forall j, (j < n)%nat -> f j = true.
Proof.
  unfold all_below. rewrite forallb_forall. intros H j Hj. apply H. apply in_seq. lia.
Qed.

Section OnePiece.
Variables a b : Q.
Hypothesis Hfits : fits_q a b = true.

Lemma ends : Q2R a < Q2R b.
Proof.
  unfold fits_q in Hfits. apply andb_prop in Hfits. destruct Hfits as [H _].
  pose proof (positive_spec (Qplus' b (- a))) as A. rewrite H, q_plus, Q2R_opp in A. lra.
Qed.
Lemma slope_some j : (j < m)%nat -> exists s, slope_at a b j = Some s.
Proof.
  intros Hj. unfold fits_q in Hfits. apply andb_prop in Hfits. destruct Hfits as [_ H].
  specialize (all_below_spec _ _ H j Hj). cbv beta. intros E.
  destruct (slope_at a b j) as [s|]; [now exists s | discriminate].
Qed.
Lemma fits_spec : fits P0 (side_of a b) (Q2R a) (Q2R b).
Proof.
  intros j Hj. destruct (slope_some j Hj) as [s Es]. unfold slope_at in Es. unfold side_of.
  pose proof (degenerate_spec j) as H. destruct (degenerate j); auto.
  destruct (sign_of P j a b) as [t|] eqn:Et; [|discriminate].
  destruct (sign_of_spec _ _ _ _ _ Et). auto.
Qed.
Lemma qslope_spec t : Q2R (qslope t) = slope_on p t.
Proof. now destruct t. Qed.

Notation sl j := (Q2R (get (slopes_on a b) j)).
Lemma get_slopes j : (j < m)%nat -> slope_at a b j = Some (get (slopes_on a b) j).
Proof.
  intros Hj. destruct (slope_some j Hj) as [s Es]. unfold get, slopes_on.
  rewrite Facts.nth_seq_map by auto. unfold slope_or_0. now rewrite Es.
Qed.

Lemma slope_value N j t x : sign_of N j a b = Some t -> Q2R a <= x <= Q2R b ->
  activation p (preactivation (scalar_network_of N) j x)
  = slope_on p t * preactivation (scalar_network_of N) j x.
Proof.
  intros H Hx. destruct (sign_of_spec _ _ _ _ _ H) as [A B].
  pose proof (side_keeps (scalar_network_of N) _ _ t j x Hx A B) as C.
  rewrite (rho_side p t), (pos_below (- (sgn t * _))) by lra. ring.
Qed.

Lemma unit_spec j x : (j < m)%nat -> Q2R a <= x <= Q2R b ->
  activation p (preactivation P0 j x) = sl j * preactivation P0 j x
  /\ match side_of a b j with
     | None => height P0 j * activation p (preactivation D0 j x)
     | Some s => slope_on p s * (height P0 j * preactivation D0 j x + height D0 j * preactivation P0 j x)
     end = sl j * (height P0 j * preactivation D0 j x + height D0 j * preactivation P0 j x)
  /\ match side_of a b j with
     | None => height D0 j * activation p (preactivation D0 j x)
     | Some s => slope_on p s * (height D0 j * preactivation D0 j x)
     end = sl j * (height D0 j * preactivation D0 j x).
Proof.
  intros Hj Hx. pose proof (get_slopes j Hj) as E. unfold slope_at in E. unfold side_of.
  pose proof (degenerate_spec j) as Hd. destruct (degenerate j).
  - destruct Hd as [Ew Eb].
    assert (Z : preactivation P0 j x = 0) by (unfold preactivation; rewrite Ew, Eb; ring).
    rewrite Z, (rho_above p 0) by lra. split; [ring|].
    pose proof (is_zero_spec (get (heights P) j)) as H1. pose proof (is_zero_spec (get (heights D) j)) as H2.
    assert (HP : height P0 j = Q2R (get (heights P) j)) by reflexivity.
    assert (HD : height D0 j = Q2R (get (heights D) j)) by reflexivity.
    destruct (is_zero (get (heights P) j) && is_zero (get (heights D) j)) eqn:Ez.
    + apply andb_prop in Ez. destruct Ez as [E1 E2]. rewrite E1 in H1. rewrite E2 in H2.
      rewrite HP, HD, H1, H2. split; ring.
    + destruct (sign_of D j a b) as [t|] eqn:Et; [|discriminate]. injection E as E.
      rewrite <- E, qslope_spec, (slope_value D j t x Et Hx). split; ring.
  - destruct (sign_of P j a b) as [t|] eqn:Et; [|discriminate]. injection E as E.
    rewrite <- E, qslope_spec, (slope_value P j t x Et Hx). auto.
Qed.

Lemma affine_spec H W B s x : ev (affine H W B s) x =
  sum m (fun j => Q2R (get H j) * Q2R (get s j) * (Q2R (get W j) * x + Q2R (get B j))).
Proof.
  unfold affine. simpl. rewrite !qsum_spec, Rmult_0_r, Rplus_0_r, <- sum_scal, <- sum_plus.
  apply sum_ext. intros j _. rewrite !q_mult. ring.
Qed.

Lemma error_spec x : Q2R a <= x <= Q2R b -> ev (error_q (slopes_on a b)) x = error p P0 x.
Proof.
  intros Hx. unfold error_q, error, output. rewrite !qplus_spec, qscale_spec, affine_spec.
  replace (ev [output_shift P] x) with (shift P0) by (simpl; ring).
  change (neurons P0) with m. change (curve_target p) with (map Q2R (target_polynomial S)).
  rewrite (sum_ext m _ (fun j => height P0 j * activation p (preactivation P0 j x))).
  - replace (Q2R (-1)) with (-1) by (rewrite q_num; simpl; lra). ring.
  - intros j Hj. destruct (unit_spec j x Hj Hx) as [-> _]. unfold preactivation. simpl.
    rewrite !get_spec. ring.
Qed.
Lemma first_spec x : Q2R a <= x <= Q2R b -> ev (first_q (slopes_on a b)) x = first p P0 (side_of a b) D0 x.
Proof.
  intros Hx. unfold first_q, first. rewrite !qplus_spec, !affine_spec, <- sum_plus. simpl neurons.
  replace (ev [output_shift D] x) with (shift D0) by (simpl; ring). f_equal. apply sum_ext. intros j Hj.
  destruct (unit_spec j x Hj Hx) as (_ & -> & _). unfold preactivation. simpl. rewrite !get_spec. ring.
Qed.
Lemma second_spec x : Q2R a <= x <= Q2R b ->
  ev (second_q (slopes_on a b)) x = second p P0 (side_of a b) D0 x.
Proof.
  intros Hx. unfold second_q, second. rewrite affine_spec. apply sum_ext. intros j Hj.
  destruct (unit_spec j x Hj Hx) as (_ & _ & ->). unfold preactivation. simpl. rewrite !get_spec. ring.
Qed.
Lemma density_spec x : ev density_q x = polynomial (density p) x.
Proof.
  unfold density_q, qscale. simpl density. rewrite map_map.
  induction (weight_polynomial S) as [|c f IH]; simpl; auto. now rewrite q_mult, IH.
Qed.
Lemma weighted_spec x : Q2R a <= x <= Q2R b ->
  ev (qtimes (error_q (slopes_on a b)) density_q) x = weighted p P0 x.
Proof. intros Hx. unfold weighted. now rewrite qtimes_spec, error_spec, density_spec. Qed.

Lemma edge_spec q j : (j < m)%nat -> q = a \/ q = b ->
  Q2R (edge_q (qtimes (error_q (slopes_on a b)) density_q) a b q j) = edge p P0 (side_of a b) D0 (Q2R q) j.
Proof.
  intros Hj Hq. assert (Hx : Q2R a <= Q2R q <= Q2R b) by (pose proof ends; destruct Hq as [-> | ->]; lra).
  unfold edge_q, edge. destruct (side_of a b j) as [t|] eqn:Et; [|apply q_0].
  pose proof (is_zero_spec (pre P j q)) as Z. rewrite pre_spec in Z.
  destruct (is_zero (pre P j q)), (Req_EM_T (preactivation P0 j (Q2R q)) 0); try contradiction; [|apply q_0].
  assert (Hw : weight P0 j <> 0).
  { pose proof (fits_spec j Hj) as F. rewrite Et in F. destruct F as [[F|F] _]; auto.
    intros E. apply F. unfold preactivation in Z. rewrite E in Z. lra. }
  assert (Hne : ~ (qabs (get (weights P) j) == 0)%Q).
  { intros E. apply Qeq_eqR in E. rewrite qabs_spec, q_0 in E. now apply (Rabs_no_R0 _ Hw). }
  assert (Ec : Q2R (if t then (- pre D j q)%Q else pre D j q) = - (sgn t * preactivation D0 j (Q2R q))).
  { rewrite <- pre_spec. destruct t; simpl; [rewrite Q2R_opp|]; ring. }
  cbv zeta. rewrite !q_mult, (Q2R_inv _ Hne), qabs_spec, qpos_spec, Ec, eval_spec, weighted_spec by auto.
  change (Q2R (get (weights P) j)) with (weight P0 j). unfold Rdiv. ring.
Qed.

Lemma coefficients_spec c0 c1 c2 : coefficients a b = (c0, c1, c2) ->
  area (loss_density p P0) (Q2R a) (Q2R b) (Q2R c0)
  /\ area (first_density p P0 (side_of a b) D0) (Q2R a) (Q2R b) (Q2R c1)
  /\ exists v, area (second_density p P0 (side_of a b) D0) (Q2R a) (Q2R b) v
     /\ Q2R c2 = v + curvature p P0 (side_of a b) (Q2R a) (Q2R b) D0.
Proof.
  pose proof ends as Hab. unfold coefficients. cbv zeta. intros H.
  assert (Hr := error_spec). assert (HA := first_spec). assert (HB := second_spec).
  assert (Hw := weighted_spec). assert (Hd := density_spec). assert (He := edge_spec).
  set (A := first_q (slopes_on a b)) in *. set (B := second_q (slopes_on a b)) in *.
  set (w := qtimes (error_q (slopes_on a b)) density_q) in *.
  set (r := error_q (slopes_on a b)) in *. set (d := density_q) in *. clearbody A B w r d.
  injection H as <- <- <-. split; [|split].
  - apply (area_ext _ _ _ _ _ (qarea_spec _ a b ltac:(lra))). intros x Hx.
    rewrite qtimes_spec, Hw, Hr by auto. unfold loss_density, weighted. ring.
  - apply (area_ext _ _ _ _ _ (qarea_spec _ a b ltac:(lra))). intros x Hx.
    rewrite qscale_spec, qtimes_spec, Hw, HA by auto. unfold first_density.
    replace (Q2R 2) with 2 by (rewrite q_num; simpl; lra). ring.
  - rewrite q_plus. eexists. split; [|f_equal].
    + apply (area_ext _ _ _ _ _ (qarea_spec _ a b ltac:(lra))). intros x Hx.
      rewrite qplus_spec, qscale_spec, !qtimes_spec, Hw, HA, HB, Hd by auto.
      unfold second_density. replace (Q2R 2) with 2 by (rewrite q_num; simpl; lra). ring.
    + unfold curvature, jump. rewrite q_mult, q_plus, Q2R_opp, qsum_spec. f_equal.
      apply sum_ext. intros j Hj. rewrite q_mult, q_plus, !He by auto. reflexivity.
Qed.
End OnePiece.
End Checks.

(** ** The whole interval *)
Section Walk.
Variables (S : integral_setting) (P D : scalar_parameters).
Notation p := (integral_problem_of S). Notation P0 := (scalar_network_of P).
Notation D0 := (scalar_network_of D). Notation m := (length (weights P)).

Fixpoint walk (a : Q) (cuts : list Q) : option (Q * Q * Q) := match cuts with
  | [] => if Qeq_bool a (snd (interval S)) then Some (0, 0, 0)%Q else None
  | e :: cuts' => if fits_q S P D a e then match walk e cuts' with
      | Some (x, y, z) => let '(c0, c1, c2) := coefficients S P D a e in
          Some (Qplus' c0 x, Qplus' c1 y, Qplus' c2 z)
      | None => None end else None end.

Lemma walk_spec cuts : forall a c0 c1 c2, walk a cuts = Some (c0, c1, c2) -> exists l,
  covers P0 (Q2R a) l (upper p) /\ area (loss_density p P0) (Q2R a) (upper p) (Q2R c0)
  /\ first_order p P0 D0 (Q2R a) l (Q2R c1) /\ second_order p P0 D0 (Q2R a) l (Q2R c2).
Proof.
  induction cuts as [|e cuts IH]; intros a c0 c1 c2 H; cbn [walk] in H.
  - destruct (Qeq_bool a (snd (interval S))) eqn:E; [|discriminate].
    injection H as <- <- <-. apply Qeq_bool_eq, Qeq_eqR in E. exists []. rewrite q_0.
    change (upper p) with (Q2R (snd (interval S))). rewrite <- E.
    split; [reflexivity|]. split; [|split; reflexivity].
    destruct (pieces_area _ _ _ (pieces_loss p P0 (Q2R a) (Q2R a) ltac:(lra))) as [v V].
    replace 0 with v; auto. destruct V as [_ [F [_ ->]]]. ring.
  - destruct (fits_q S P D a e) eqn:F; [|discriminate].
    destruct (walk e cuts) as [[[x y] z]|] eqn:W; [|discriminate].
    destruct (coefficients S P D a e) as [[d0 d1] d2] eqn:C. injection H as <- <- <-.
    destruct (IH e x y z W) as (l & H1 & H2 & H3 & H4).
    destruct (coefficients_spec S P D a e F _ _ _ C) as (A0 & A1 & v & A2 & E2).
    exists ((Q2R e, side_of P a e) :: l). rewrite !q_plus. split; [|split; [|split]].
    + cbn [covers]. split; [exact (ends S P D a e F)|]. split; auto. exact (fits_spec S P D a e F).
    + now apply (area_chasles _ _ (Q2R e)).
    + exists (Q2R d1), (Q2R y). auto.
    + exists v, (Q2R z). rewrite E2. auto.
Qed.

(** The same for the gradient: slopes, int 2 r density, int 2 x r density of each piece. *)
Fixpoint walk_moments (a : Q) (cuts : list Q) : option (list (list Q * (Q * Q))) := match cuts with
  | [] => if Qeq_bool a (snd (interval S)) then Some [] else None
  | e :: cuts' => if fits_q S P D a e then match walk_moments e cuts' with
      | Some ms => let s := slopes_on S P D a e in
          let w := qscale 2 (qtimes (error_q S P s) (density_q S)) in
          Some ((s, (qarea w a e, qarea (0%Q :: w) a e)) :: ms)
      | None => None end else None end.
Fixpoint qtotal (g : list Q -> Q -> Q -> Q) (ms : list (list Q * (Q * Q))) : Q := match ms with
  | [] => 0%Q | (s, (m0, m1)) :: ms' => Qplus' (g s m0 m1) (qtotal g ms') end.
Definition qmoment0 ms j := qtotal (fun s m0 m1 => Qmult' (get s j) m0) ms.
Definition qmoment1 ms j := qtotal (fun s m0 m1 => Qmult' (get s j) m1) ms.
Definition no_loose_q : bool := all_below m (fun j =>
  negb (degenerate P j) || (is_zero (get (heights P) j) && is_zero (get (heights D) j))).

Lemma slope_of_spec a e j : no_loose_q = true -> fits_q S P D a e = true -> (j < m)%nat ->
  slope_of p (side_of P a e) j = Q2R (get (slopes_on S P D a e) j).
Proof.
  intros Hn F Hj. pose proof (get_slopes S P D a e F j Hj) as E. unfold slope_at in E.
  unfold slope_of, side_of. specialize (all_below_spec _ _ Hn j Hj). cbv beta. intros N.
  destruct (degenerate P j).
  - simpl in N. rewrite N in E. injection E as <-. now rewrite q_0.
  - destruct (sign_of P j a e) as [t|]; [|discriminate]. injection E as <-. now rewrite qslope_spec.
Qed.

Lemma walk_moments_spec cuts : no_loose_q = true -> forall a ms, walk_moments a cuts = Some ms ->
  exists mss, covers P0 (Q2R a) (map fst mss) (upper p) /\ moments p P0 (Q2R a) mss
    /\ total (fun s m0 m1 => m0) mss = Q2R (qtotal (fun s m0 m1 => m0) ms)
    /\ forall j, (j < m)%nat -> moment0 p mss j = Q2R (qmoment0 ms j)
         /\ moment1 p mss j = Q2R (qmoment1 ms j).
Proof.
  intros Hn. induction cuts as [|e cuts IH]; intros a ms H; cbn [walk_moments] in H.
  - destruct (Qeq_bool a (snd (interval S))) eqn:E; [|discriminate].
    injection H as <-. apply Qeq_bool_eq, Qeq_eqR in E. exists []. simpl. rewrite E.
    unfold moment0, moment1, qmoment0, qmoment1. simpl. rewrite q_0. auto.
  - destruct (fits_q S P D a e) eqn:F; [|discriminate].
    destruct (walk_moments e cuts) as [ms'|] eqn:W; [|discriminate]. injection H as <-.
    destruct (IH e ms' W) as (mss & H1 & H2 & H3 & H4). pose proof (ends S P D a e F) as Hae.
    set (w := qscale 2 (qtimes (error_q S P (slopes_on S P D a e)) (density_q S))).
    assert (Hw : forall x, Q2R a <= x <= Q2R e -> ev w x = 2 * weighted p P0 x).
    { intros x Hx. unfold w. rewrite qscale_spec, (weighted_spec S P D a e F) by auto.
      replace (Q2R 2) with 2 by (rewrite q_num; simpl; lra). reflexivity. }
    exists ((Q2R e, side_of P a e, (Q2R (qarea w a e), Q2R (qarea (0%Q :: w) a e))) :: mss).
    split; [|split; [|split]].
    + cbn [map fst covers]. split; auto. split; auto. exact (fits_spec S P D a e F).
    + cbn [moments]. split; [|split; auto].
      * apply (area_ext _ _ _ _ _ (qarea_spec w a e ltac:(lra))). auto.
      * apply (area_ext _ _ _ _ _ (qarea_spec (0%Q :: w) a e ltac:(lra))). intros x Hx.
        simpl. rewrite Hw, q_0 by auto. ring.
    + cbn [total qtotal]. now rewrite q_plus, H3.
    + intros j Hj. destruct (H4 j Hj) as [E0 E1]. unfold moment0, moment1, qmoment0, qmoment1 in *.
      cbn [total qtotal]. rewrite !q_plus, !q_mult, E0, E1, (slope_of_spec a e j Hn F Hj). auto.
Qed.
End Walk.

(** ** The claims *)
Definition no_direction : scalar_parameters := ScalarParameters [] [] [] 0.
Definition proper_direction (S : integral_setting) (P D : scalar_parameters) : bool :=
  Nat.eqb (length (weights D)) (length (weights P)) && Nat.eqb (length (heights D)) (length (weights P))
  && Nat.eqb (length (biases D)) (if biases_are_parameters S then length (weights P) else 0)
  && (shift_is_parameter S || is_zero (output_shift D)).
Section Claims.
Variables (S : integral_setting) (P : scalar_parameters).
Notation p := (integral_problem_of S). Notation P0 := (scalar_network_of P).
Notation m := (length (weights P)).
Let start : Q := fst (interval S).

Definition check_integral_loss (cuts : list Q) (value : Q) : bool := well_shaped S P &&
  match walk S P no_direction start cuts with Some (c0, _, _) => Qeq_bool c0 value | None => false end.

Definition along (D : scalar_parameters) (cuts : list Q) : option (Q * Q) :=
  if proper_direction S P D then
    match walk S P D start cuts with Some (_, c1, c2) => Some (c1, c2) | None => None end
  else None.
Definition check_integral_not_stationary (D : scalar_parameters) (cuts : list Q) : bool :=
  well_shaped S P && match along D cuts with Some (c1, _) => negb (nonnegative c1) | None => false end.
Definition check_integral_not_critical (D : scalar_parameters) (cuts : list Q) : bool :=
  well_shaped S P && match along D cuts with Some (c1, _) => negb (is_zero c1) | None => false end.

Definition critical_q (cuts : list Q) : bool := no_loose_q P no_direction &&
  match walk_moments S P no_direction start cuts with
  | Some ms =>
      (negb (shift_is_parameter S) || is_zero (qtotal (fun _ m0 _ => m0) ms))
      && all_below m (fun j => let m0 := qmoment0 ms j in let m1 := qmoment1 ms j in
           is_zero (Qmult' (get (heights P) j) m1)
           && (negb (biases_are_parameters S) || is_zero (Qmult' (get (heights P) j) m0))
           && is_zero (Qplus' (Qmult' (get (weights P) j) m1) (Qmult' (get (biases P) j) m0)))
  | None => false end.
Definition check_integral_critical (cuts : list Q) : bool := well_shaped S P && critical_q cuts.

Definition falls (q : Q * Q) : bool :=
  negb (nonnegative (fst q)) || (is_zero (fst q) && negb (nonnegative (snd q))).
Definition rises (q : Q * Q) : bool :=
  positive_q (fst q) || (is_zero (fst q) && positive_q (snd q)).
Definition check_integral_saddle (cuts : list Q) (down : scalar_parameters) (down_cuts : list Q)
    (up : scalar_parameters) (up_cuts : list Q) : bool :=
  well_shaped S P && critical_q cuts
  && match along down down_cuts with Some q => falls q | None => false end
  && match along up up_cuts with Some q => rises q | None => false end.

Definition side_at (j : nat) : bool :=
  match sign_of P j start (snd (interval S)) with Some t => t | None => true end.
(** The error where every neuron is switched off. *)
Definition constant_error : list Q := qplus [output_shift P] (qscale (-1) (target_polynomial S)).
Definition off_q (j : nat) : bool :=
  match sign_of P j start (snd (interval S)) with
  | Some t => is_zero (qslope S t) && negb (degenerate P j)
      && forallb (fun q => negb (is_zero (pre P j q))
           || (negb (biases_are_parameters S) && is_zero (get (biases P) j))
           || positive_q (Qmult' (Qmult' (get (heights P) j)
                (Qplus' (fst (slopes S)) (- snd (slopes S)))) (eval constant_error q)))
         [start; snd (interval S)]
  | None => false end.
Definition dense (depth : nat) : bool := nonnegative_on depth (density_q S) start (snd (interval S)).
Definition balanced_q : bool := negb (shift_is_parameter S)
  || is_zero (qarea (qtimes constant_error (density_q S)) start (snd (interval S))).
Definition check_integral_local_minimum (depth : nat) : bool :=
  well_shaped S P && dense depth && all_below m off_q && balanced_q.

Fixpoint zero_walk (a : Q) (cuts : list Q) : bool := match cuts with
  | [] => Qeq_bool a (snd (interval S))
  | e :: cuts' => fits_q S P no_direction a e
      && forallb is_zero (error_q S P (slopes_on S P no_direction a e)) && zero_walk e cuts' end.
Definition check_integral_global_minimum (depth : nat) (cuts : list Q) : bool :=
  well_shaped S P && dense depth
  && (zero_walk start cuts || (Nat.eqb m 0 && balanced_q)).
End Claims.
Definition check_integral_spurious (S : integral_setting) (P : scalar_parameters) (depth : nat)
    (cuts : list Q) (value : Q) (better : scalar_parameters) (better_cuts : list Q) (better_value : Q) : bool :=
  check_integral_local_minimum S P depth && check_integral_loss S P cuts value
  && check_integral_loss S better better_cuts better_value
  && Nat.eqb (length (weights better)) (length (weights P))
  && negb (nonnegative (Qplus' better_value (- value))).

(** ** Soundness *)
Ltac parts H := repeat match type of H with
  | (_ && _)%bool = true => apply andb_prop in H; let H' := fresh H in destruct H as [H H'] end.
Lemma qeq_spec a b : Qeq_bool a b = true -> Q2R a = Q2R b.
Proof. intros H. now apply Qeq_eqR, Qeq_bool_eq. Qed.
Lemma interval_nonempty S P : well_shaped S P = true ->
  lower (integral_problem_of S) < upper (integral_problem_of S).
Proof.
  unfold well_shaped. intros H. repeat (apply andb_prop in H; destruct H as [H ?]).
  apply negb_true_iff in H1. apply Rnot_le_lt. intros E.
  assert (A : Qle_bool (snd (interval S)) (fst (interval S)) = true).
  { apply Qle_bool_iff. now apply Rle_Qle. }
  congruence.
Qed.

Section Soundness.
Variables (S : integral_setting) (P : scalar_parameters).
Notation p := (integral_problem_of S). Notation P0 := (scalar_network_of P).
Notation m := (length (weights P)).

Theorem check_integral_loss_sound cuts value :
  check_integral_loss S P cuts value = true -> integral_loss_is S P value.
Proof.
  unfold check_integral_loss. intros H. apply andb_prop in H. destruct H as [_ H].
  destruct (walk S P no_direction (fst (interval S)) cuts) as [[[c0 c1] c2]|] eqn:W; [|discriminate].
  destruct (walk_spec _ _ _ _ _ _ _ _ W) as (l & _ & A & _).
  unfold integral_loss_is, integral_loss. rewrite <- (qeq_spec _ _ H). now apply area_integral.
Qed.

Lemma masked_direction D : proper_direction S P D = true ->
  masked p (scalar_network_of D) = scalar_network_of D.
Proof.
  unfold proper_direction. intros H. parts H. unfold masked, scalar_network_of. simpl. f_equal.
  - apply FunctionalExtensionality.functional_extensionality. intros j.
    destruct (biases_are_parameters S); auto. apply Nat.eqb_eq, length_zero_iff_nil in H1.
    rewrite H1. unfold at_index. destruct j; symmetry; apply q_0.
  - destruct (shift_is_parameter S); auto. simpl in H0. pose proof (is_zero_spec (output_shift D)) as A.
    rewrite H0 in A. auto.
Qed.
Lemma along_spec D cuts c1 c2 : along S P D cuts = Some (c1, c2) -> exists l,
  covers P0 (lower p) l (upper p)
  /\ first_order p P0 (masked p (scalar_network_of D)) (lower p) l (Q2R c1)
  /\ second_order p P0 (masked p (scalar_network_of D)) (lower p) l (Q2R c2).
Proof.
  unfold along. destruct (proper_direction S P D) eqn:E; [|discriminate].
  rewrite (masked_direction D E).
  destruct (walk S P D (fst (interval S)) cuts) as [[[c0 d1] d2]|] eqn:W; [|discriminate].
  intros H. injection H as <- <-. destruct (walk_spec _ _ _ _ _ _ _ _ W) as (l & A & _ & B & C).
  exists l. auto.
Qed.

Theorem check_integral_not_stationary_sound D cuts :
  check_integral_not_stationary S P D cuts = true -> integral_is_not_stationary S P.
Proof.
  unfold check_integral_not_stationary. intros H. apply andb_prop in H. destruct H as [_ H].
  destruct (along S P D cuts) as [[c1 c2]|] eqn:A; [|discriminate].
  destruct (along_spec _ _ _ _ A) as (l & Hc & H1 & _).
  exists (scalar_network_of D), (Q2R c1). split; [now apply (loss_derivative_value p P0 l)|].
  pose proof (nonnegative_spec c1) as N. apply negb_true_iff in H. now rewrite H in N.
Qed.
Theorem check_integral_not_critical_sound D cuts :
  check_integral_not_critical S P D cuts = true -> integral_is_not_critical S P.
Proof.
  unfold check_integral_not_critical. intros H. apply andb_prop in H. destruct H as [_ H].
  destruct (along S P D cuts) as [[c1 c2]|] eqn:A; [|discriminate].
  destruct (along_spec _ _ _ _ A) as (l & Hc & H1 & _).
  apply (not_critical p P0 l Hc (scalar_network_of D) (Q2R c1)); [now apply (loss_derivative_value p P0 l)|].
  pose proof (is_zero_spec c1) as N. apply negb_true_iff in H. now rewrite H in N.
Qed.

Lemma zero_true q : is_zero q = true -> Q2R q = 0.
Proof. intros H. pose proof (is_zero_spec q) as A. now rewrite H in A. Qed.
Lemma positive_true q : positive_q q = true -> 0 < Q2R q.
Proof. intros H. pose proof (positive_spec q) as A. now rewrite H in A. Qed.
Lemma negative_true q : negb (nonnegative q) = true -> Q2R q < 0.
Proof. intros H. apply negb_true_iff in H. pose proof (nonnegative_spec q) as A. now rewrite H in A. Qed.

Lemma no_loose_spec D : no_loose_q P D = true -> no_loose P0.
Proof.
  intros Hn j Hj Ew Eb. specialize (all_below_spec _ _ Hn j Hj). cbv beta. intros N.
  pose proof (degenerate_spec P j) as Hd. destruct (degenerate P j).
  - simpl in N. apply andb_prop in N. destruct N as [N _]. exact (zero_true _ N).
  - destruct Hd; contradiction.
Qed.

Lemma critical_spec cuts : critical_q S P cuts = true ->
  integral_critical p P0 /\ integral_stationary p P0 /\ integral_clarke p P0.
Proof.
  unfold critical_q. intros H. apply andb_prop in H. destruct H as [Hn H].
  destruct (walk_moments S P no_direction (fst (interval S)) cuts) as [ms|] eqn:W; [|discriminate].
  apply andb_prop in H. destruct H as [Hs Hj].
  destruct (walk_moments_spec S P no_direction cuts Hn _ _ W) as (mss & Hc & Hm & Ht & Hmom).
  apply (gradient_zero p P0 (map fst mss) Hc mss (no_loose_spec _ Hn) eq_refl Hm).
  - intros F. simpl in F. rewrite F in Hs. simpl in Hs. rewrite Ht. now apply zero_true.
  - intros j Hjm. specialize (all_below_spec _ _ Hj j Hjm). cbv beta zeta. intros E. parts E.
    destruct (Hmom j Hjm) as [E0' E1']. rewrite E0', E1'.
    apply zero_true in E. rewrite q_mult in E. apply zero_true in E0. rewrite q_plus, !q_mult in E0.
    split; [exact E|]. split; [|exact E0]. intros F. simpl in F. rewrite F in E1. simpl in E1.
    apply zero_true in E1. now rewrite q_mult in E1.
Qed.
Theorem check_integral_critical_sound cuts :
  check_integral_critical S P cuts = true -> integral_is_critical S P.
Proof.
  unfold check_integral_critical. intros H. apply andb_prop in H. destruct H as [_ H].
  now apply critical_spec in H.
Qed.
Theorem check_integral_stationary_sound cuts :
  check_integral_critical S P cuts = true -> integral_is_stationary S P.
Proof.
  unfold check_integral_critical. intros H. apply andb_prop in H. destruct H as [_ H].
  now apply critical_spec in H.
Qed.

Theorem check_integral_clarke_sound cuts :
  check_integral_critical S P cuts = true -> integral_is_clarke_stationary S P.
Proof.
  unfold check_integral_critical. intros H. apply andb_prop in H. destruct H as [_ H].
  now apply critical_spec in H.
Qed.

Theorem check_integral_saddle_sound cuts down down_cuts up up_cuts :
  check_integral_saddle S P cuts down down_cuts up up_cuts = true -> integral_is_saddle S P.
Proof.
  unfold check_integral_saddle. intros H. parts H.
  destruct (critical_spec _ H2) as (_ & Hst & _). split; [exact Hst|]. split.
  - destruct (along S P down down_cuts) as [[c1 c2]|] eqn:A; [|discriminate].
    destruct (along_spec _ _ _ _ A) as (l & Hc & F1 & F2).
    apply (descent_ray p P0 l Hc _ _ _ F1 F2). unfold falls in H1. simpl in H1.
    apply orb_prop in H1. destruct H1 as [E|E]; [left; now apply negative_true|].
    apply andb_prop in E. destruct E as [E E']. right. split; [now apply zero_true | now apply negative_true].
  - destruct (along S P up up_cuts) as [[c1 c2]|] eqn:A; [|discriminate].
    destruct (along_spec _ _ _ _ A) as (l & Hc & F1 & F2).
    apply (ascent_ray p P0 l Hc _ _ _ F1 F2). unfold rises in H0. simpl in H0.
    apply orb_prop in H0. destruct H0 as [E|E]; [left; now apply positive_true|].
    apply andb_prop in E. destruct E as [E E']. right. split; [now apply zero_true | now apply positive_true].
Qed.

Lemma dense_spec depth : lower p < upper p -> dense S depth = true ->
  forall x, lower p <= x <= upper p -> 0 <= polynomial (density p) x.
Proof.
  intros Hle H x Hx. rewrite <- density_spec.
  apply (nonnegative_on_spec depth _ (fst (interval S)) (snd (interval S))); auto. simpl in *. lra.
Qed.

Lemma constant_error_spec x : ev (constant_error S P) x = shift P0 - polynomial (curve_target p) x.
Proof.
  unfold constant_error. rewrite qplus_spec, qscale_spec. simpl.
  replace (Q2R (-1)) with (-1) by (rewrite q_num; simpl; lra). ring.
Qed.

Lemma off_spec : lower p < upper p -> all_below m (off_q S P) = true ->
  (forall x, lower p <= x <= upper p -> ev (constant_error S P) x = error p P0 x)
  /\ forall j, (j < m)%nat -> switched_off p P0 (side_at S P) j.
Proof.
  intros Hle H.
  assert (Hj : forall j, (j < m)%nat -> exists t,
     sign_of P j (fst (interval S)) (snd (interval S)) = Some t /\ slope_on p t = 0
     /\ (weight P0 j <> 0 \/ bias P0 j <> 0)).
  { intros j Hj. specialize (all_below_spec _ _ H j Hj). unfold off_q. intros E.
    destruct (sign_of P j (fst (interval S)) (snd (interval S))) as [t|]; [|discriminate].
    parts E. exists t. split; auto. split; [rewrite <- qslope_spec; now apply zero_true|].
    pose proof (degenerate_spec P j) as Hd. apply negb_true_iff in E1. now rewrite E1 in Hd. }
  assert (He : forall x, lower p <= x <= upper p -> ev (constant_error S P) x = error p P0 x).
  { intros x Hx. rewrite constant_error_spec. unfold error, output. rewrite sum_zero; [ring|].
    intros j Hjm. destruct (Hj j Hjm) as (t & Et & Es & _).
    rewrite (slope_value S _ _ P j t x Et Hx), Es. ring. }
  split; auto. intros j Hjm. destruct (Hj j Hjm) as (t & Et & Es & Hnz).
  destruct (sign_of_spec _ _ _ _ _ Et) as [A B].
  assert (Eside : side_at S P j = t) by (unfold side_at; now rewrite Et).
  unfold switched_off. rewrite Eside. repeat (split; auto).
  intros q Hq Hu. specialize (all_below_spec _ _ H j Hjm). unfold off_q. rewrite Et. intros E.
  apply andb_prop in E. destruct E as [_ E]. rewrite forallb_forall in E.
  assert (Hq' : exists r, In r [fst (interval S); snd (interval S)] /\ q = Q2R r).
  { destruct Hq as [-> | ->]; [exists (fst (interval S)) | exists (snd (interval S))]; simpl; auto. }
  destruct Hq' as (r & Hr & ->). specialize (E r Hr).
  assert (Hx : lower p <= Q2R r <= upper p).
  { simpl in *. destruct Hr as [<- | [<- | []]]; lra. }
  pose proof (is_zero_spec (pre P j r)) as Z. rewrite pre_spec in Z.
  destruct (is_zero (pre P j r)); [|contradiction]. simpl in E. apply orb_prop in E.
  destruct E as [E|E].
  - left. apply andb_prop in E. destruct E as [E E']. apply negb_true_iff in E.
    split; auto. now apply zero_true.
  - right. apply positive_true in E. rewrite !q_mult, q_plus, Q2R_opp, eval_spec, (He _ Hx) in E. exact E.
Qed.

Lemma balanced_spec : lower p < upper p -> balanced_q S P = true ->
  (forall x, lower p <= x <= upper p -> ev (constant_error S P) x = error p P0 x) ->
  free_shift p = true -> area (weighted p P0) (lower p) (upper p) 0.
Proof.
  intros Hle H He F. unfold balanced_q in H. simpl in F. rewrite F in H. simpl in H.
  apply zero_true in H. rewrite <- H.
  apply (area_ext _ _ _ _ _ (qarea_spec _ (fst (interval S)) (snd (interval S)) ltac:(simpl in *; lra))).
  intros x Hx. rewrite qtimes_spec, density_spec, He by auto. reflexivity.
Qed.

Theorem check_integral_local_minimum_sound depth :
  check_integral_local_minimum S P depth = true -> integral_is_local_minimum S P.
Proof.
  unfold check_integral_local_minimum. intros H. parts H. pose proof (interval_nonempty _ _ H) as Hle.
  destruct (off_spec Hle H1) as [He Hoff].
  apply (switched_off_minimum p P0 Hle (dense_spec depth Hle H2) (side_at S P) Hoff).
  now apply balanced_spec.
Qed.

Lemma zero_polynomial f x : forallb is_zero f = true -> ev f x = 0.
Proof.
  induction f as [|a f IH]; simpl; auto. intros H. apply andb_prop in H. destruct H as [A B].
  rewrite (zero_true _ A), (IH B). ring.
Qed.
Lemma zero_walk_spec cuts : forall a, zero_walk S P a cuts = true ->
  forall x, Q2R a <= x <= upper p -> x = Q2R a \/ error p P0 x = 0.
Proof.
  induction cuts as [|e cuts IH]; intros a H x Hx; cbn [zero_walk] in H.
  - apply qeq_spec in H. left. simpl in Hx. lra.
  - apply andb_prop in H. destruct H as [H H2]. apply andb_prop in H. destruct H as [F Z].
    destruct (Rle_dec x (Q2R e)) as [E|E].
    + right. rewrite <- (error_spec S P no_direction a e F) by lra. now apply zero_polynomial.
    + destruct (IH e H2 x ltac:(lra)); auto. lra.
Qed.
Lemma zero_walk_first cuts a : zero_walk S P a cuts = true -> Q2R a < upper p -> error p P0 (Q2R a) = 0.
Proof.
  destruct cuts as [|e cuts]; cbn [zero_walk]; intros H Hlt.
  - apply qeq_spec in H. simpl in Hlt. lra.
  - apply andb_prop in H. destruct H as [H H2]. apply andb_prop in H. destruct H as [F Z].
    pose proof (ends S P no_direction a e F).
    rewrite <- (error_spec S P no_direction a e F) by lra. now apply zero_polynomial.
Qed.

Theorem check_integral_global_minimum_sound depth cuts :
  check_integral_global_minimum S P depth cuts = true -> integral_is_global_minimum S P.
Proof.
  unfold check_integral_global_minimum. intros H. parts H. pose proof (interval_nonempty _ _ H) as Hle.
  pose proof (dense_spec depth Hle H1) as Hd. apply orb_prop in H0. destruct H0 as [E|E].
  - apply (zero_error_global p P0 Hle Hd). intros x Hx.
    destruct (zero_walk_spec _ _ E x Hx) as [-> | ]; auto.
    now apply (zero_walk_first cuts).
  - apply andb_prop in E. destruct E as [Em Eb]. apply Nat.eqb_eq in Em.
    apply (no_neuron_global p P0 Hle Hd Em). apply balanced_spec; auto. intros x Hx.
    rewrite constant_error_spec. unfold error, output. simpl neurons. rewrite Em. simpl. ring.
Qed.
End Soundness.

Theorem check_integral_spurious_sound S P depth cuts value better better_cuts better_value :
  check_integral_spurious S P depth cuts value better better_cuts better_value = true ->
  integral_is_spurious S P value better better_value.
Proof.
  unfold check_integral_spurious. intros H. parts H.
  pose proof (check_integral_loss_sound _ _ _ _ H3) as A. pose proof (check_integral_loss_sound _ _ _ _ H2) as B.
  split; [exact (check_integral_local_minimum_sound _ _ _ H)|]. split; [exact A|]. split; [|split; [exact B|]].
  - apply Nat.eqb_eq in H1. unfold check_integral_loss in H3, H2. apply andb_prop in H3, H2.
    destruct H3 as [W1 _]. destruct H2 as [W2 _]. unfold well_shaped in W1, W2.
    repeat (apply andb_prop in W1; destruct W1 as [W1 ?]). repeat (apply andb_prop in W2; destruct W2 as [W2 ?]).
    split; [exact H1|]. split.
    + intros F j Hj. simpl in *. rewrite F in *. apply Nat.eqb_eq, length_zero_iff_nil in W1, W2.
      now rewrite W1, W2.
    + intros F. simpl in *. rewrite F in *. simpl in *. rewrite (qeq_spec _ _ H4). 
      match goal with E : Qeq_bool (output_shift better) 0 = true |- _ => rewrite (qeq_spec _ _ E) end.
      reflexivity.
  - apply negative_true in H0. rewrite q_plus, Q2R_opp in H0. lra.
Qed.
