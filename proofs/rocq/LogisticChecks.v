(** Enclosures of the logistic loss: exp(-s), s >= 0, lies between (1 - s')^(2^k) and
    (1 / (1 + s'))^(2^k) with s' = s / 2^k, in integers with every rounding outwards. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum Claims LayerClaims
  LogisticClaims Integers Prepare Facts LayerChecks.
Import ListNotations.
Local Open Scope Z_scope.

Section Bounds.
(** k, from the witness; results are integers over 2^k. *)
Variable halvings : nat.
Definition whole : Z := 2 ^ Z.of_nat halvings.
(** Squaring n times a number 1 - d / 2^(k + n). *)
Definition accuracy (n : nat) : Z := Z.of_nat halvings + Z.of_nat n.
Fixpoint squares_below (n : nat) (d : Z) : Z :=
  match n with O => whole - d | S k => squares_below k (d - Z.shiftr (d * d) (accuracy n + 1)) end.
Fixpoint squares_above (n : nat) (d : Z) : Z :=
  match n with O => whole - d | S k => squares_above k (d + Z.shiftr (- (d * d)) (accuracy n + 1)) end.
(** Bounds of exp(- s / q), s >= 0: with d / 2^(2 k) above s', and below 1 - 1 / (1 + s'). *)
Definition exp_below (s : Z) (q : positive) : Z :=
  squares_below halvings (Z.min (whole * whole) (- (- (whole * s) / Zpos q))).
Definition exp_above (s : Z) (q : positive) : Z :=
  squares_above halvings (whole * whole * s / (Zpos q * whole + s)).

(** Whether a / 2^k <= log(1 + exp(- s / q)) <= b / 2^k. *)
Definition log_between (s : Z) (q : positive) (a b : Z) : bool :=
  Z.leb 0 a && Z.leb 0 b
  && Z.leb (whole * whole) (exp_below a (Z.to_pos whole) * (whole + exp_below s q))
  && Z.leb (exp_above b (Z.to_pos whole) * (whole + exp_above s q)) (whole * whole).

(** A row of outputs over [unit], a row of labels over [dy], and the bounds of the logarithms: the
    lower and upper sums over unit * dy * 2^k, if the bounds hold. *)
Fixpoint row_bounds (unit dy : positive) (outputs ys : row) (bounds : list (Z * Z)) : option (Z * Z) :=
  match outputs, ys, bounds with
  | [], [], [] => Some (0, 0)
  | o :: outputs', y :: ys', (a, b) :: bounds' =>
      if log_between (Z.abs o) unit a b then
        match row_bounds unit dy outputs' ys' bounds' with
        | Some (low, high) =>
            let exact := whole * (Z.max o 0 * Zpos dy - y * o) in
            let c := Zpos (unit * dy) in
            Some (exact + a * c + low, exact + b * c + high)
        | None => None
        end
      else None
  | _, _, _ => None
  end.
Fixpoint all_bounds (unit dy : positive) (outputs ys : list row) (bounds : list (list (Z * Z)))
    : option (Z * Z) :=
  match outputs, ys, bounds with
  | [], [], [] => Some (0, 0)
  | o :: outputs', y :: ys', b :: bounds' =>
      match row_bounds unit dy o y b, all_bounds unit dy outputs' ys' bounds' with
      | Some (l, h), Some (low, high) => Some (l + low, h + high)
      | _, _ => None
      end
  | _, _, _ => None
  end.

End Bounds.

Definition check_logistic_loss (S : layer_setting) (P : list layer_parameters)
    (D : layer_denominators) (halvings : nat) (bounds : list (list (Z * Z))) (lower upper : Q)
    : bool :=
  layers_ok S P D &&
  (let '(_, (_, (unit, outputs))) := evaluated S P D in
   let dy := den_labels D in
   match all_bounds halvings unit dy outputs (clear_rows dy (labels_y S)) bounds with
   | Some (low, high) =>
       let unit' := (Z.to_pos (whole halvings) * (unit * dy))%positive in
       Qle_bool lower (loss_factor S * (low # unit')) && Qle_bool (loss_factor S * (high # unit')) upper
   | None => false
   end).

(** Squaring 1 - d / 2A, and the numbers to start from. *)
Lemma square_below (A e d q : R) : (0 < A -> 0 < e -> d <= 2 * A ->
  2 * A - d <= e * (2 * A) -> q * (4 * A) <= d * d -> A - (d - q) <= e * e * A)%R.
Proof.
  intros HA He Hd H Hq. apply (Rmult_le_reg_r (4 * A)); [lra|].
  assert (H1 : ((2 * A - d) * (2 * A - d) <= (e * (2 * A)) * (e * (2 * A)))%R)
    by (apply Rmult_le_compat; lra).
  lra.
Qed.
Lemma square_above (A e d q : R) : (0 < A -> 0 < e ->
  e * (2 * A) <= 2 * A - d -> q * (4 * A) <= - (d * d) -> e * e * A <= A - (d + q))%R.
Proof.
  intros HA He H Hq. apply (Rmult_le_reg_r (4 * A)); [lra|].
  assert (H0 : (0 <= e * (2 * A))%R) by (apply Rmult_le_pos; lra).
  assert (H1 : ((e * (2 * A)) * (e * (2 * A)) <= (2 * A - d) * (2 * A - d))%R)
    by (apply Rmult_le_compat; lra).
  lra.
Qed.
Lemma start_below (q w e x v s : R) : (0 < q -> 0 < w -> 1 + x <= v -> x = - (s / (q * w)) ->
  e * q <= - (w * s) -> w * w - - e <= v * (w * w))%R.
Proof.
  intros Hq Hw Hv Hx He. assert (Hww : (0 < w * w)%R) by now apply Rmult_lt_0_compat.
  apply Rle_trans with ((1 + x) * (w * w))%R; [|apply Rmult_le_compat_r; lra].
  rewrite Hx. apply (Rmult_le_reg_r q); [exact Hq|].
  replace ((1 + - (s / (q * w))) * (w * w) * q)%R with (w * w * q - w * s)%R by (field; lra). lra.
Qed.
Lemma start_above (q w s u v e : R) : (0 < q -> 0 < w -> 0 <= s -> 1 + s / (q * w) <= u -> 0 < v ->
  u * v = 1 -> e * (q * w + s) <= w * w * s -> v * (w * w) <= w * w - e)%R.
Proof.
  intros Hq Hw Hs Hu Hv Huv He. assert (Hqw : (0 < q * w)%R) by now apply Rmult_lt_0_compat.
  assert (Hww : (0 < w * w)%R) by now apply Rmult_lt_0_compat.
  assert (H1 : (v * (q * w + s) <= q * w)%R).
  { replace (q * w + s)%R with ((1 + s / (q * w)) * (q * w))%R by (field; lra).
    assert ((1 + s / (q * w)) * v <= u * v)%R by (apply Rmult_le_compat_r; lra).
    apply Rle_trans with (u * v * (q * w))%R; [|rewrite Huv; lra].
    replace (v * ((1 + s / (q * w)) * (q * w)))%R with ((1 + s / (q * w)) * v * (q * w))%R by ring.
    apply Rmult_le_compat_r; lra. }
  apply (Rmult_le_reg_r (q * w + s)); [lra|].
  assert (v * (q * w + s) * (w * w) <= q * w * (w * w))%R by (apply Rmult_le_compat_r; lra). lra.
Qed.

Section Sound.
Variable halvings : nat.
Notation whole := (whole halvings).
Notation squares_below := (squares_below halvings). Notation squares_above := (squares_above halvings).
Notation exp_below := (exp_below halvings). Notation exp_above := (exp_above halvings).
Notation log_between := (log_between halvings).
Notation row_bounds := (row_bounds halvings). Notation all_bounds := (all_bounds halvings).
Lemma whole_positive : 0 < whole.
Proof. apply Z.pow_pos_nonneg; [reflexivity | lia]. Qed.
Lemma whole_value : IZR whole = (2 ^ halvings)%R.
Proof. symmetry. apply pow_IZR. Qed.
Lemma shift_down n a : Z.shiftr a (accuracy halvings (S n) + 1) = a / 2 ^ (Z.of_nat (halvings + n) + 2).
Proof.
  rewrite Z.shiftr_div_pow2 by (unfold accuracy; lia). f_equal. f_equal. unfold accuracy. lia.
Qed.
Local Opaque LogisticChecks.whole.

Local Open Scope R_scope.
Section Exponential.
Variables E log : R -> R.
Hypothesis exponential : is_exponential E.
Hypothesis logarithm : is_logarithm E log.

Lemma E_sum a b : E (a + b) = E a * E b.
Proof. apply exponential. Qed.
Lemma E_above t : 1 + t <= E t.
Proof. apply exponential. Qed.
Lemma E_0 : E 0 = 1.
Proof.
  pose proof (E_sum 0 0) as H. rewrite Rplus_0_r in H. pose proof (E_above 0). nra.
Qed.
Lemma E_double t : E (2 * t) = E t * E t.
Proof. rewrite <- E_sum. f_equal. ring. Qed.
Lemma E_opposite t : E t * E (- t) = 1.
Proof. rewrite <- E_sum, Rplus_opp_r. apply E_0. Qed.
Lemma E_positive t : 0 < E t.
Proof.
  assert (H : 0 <= E t) by (replace t with (2 * (t / 2)) by field; rewrite E_double; nra).
  destruct H as [H|H]; [exact H|]. pose proof (E_opposite t) as H1. rewrite <- H in H1. lra.
Qed.
Lemma E_strict a b : a < b -> E a < E b.
Proof.
  intros H. replace b with (a + (b - a)) by ring. rewrite E_sum. pose proof (E_above (b - a)).
  pose proof (E_positive a). nra.
Qed.
Lemma E_reflects a b : E a <= E b -> a <= b.
Proof. intros H. destruct (Rle_lt_dec a b) as [|Hl]; [assumption|]. apply E_strict in Hl. lra. Qed.

Notation W := (IZR whole).
Lemma W_positive : 0 < W.
Proof. apply IZR_lt, whole_positive. Qed.
Lemma div_below a b : (0 < b)%Z -> IZR (a / b) * IZR b <= IZR a.
Proof. intros H. rewrite <- mult_IZR. apply IZR_le. pose proof (Z.mul_div_le a b H). lia. Qed.
(** The accuracies as real numbers. *)
Definition scale_of (n : nat) : R := 2 ^ (halvings + n).
Lemma scale_positive n : 0 < scale_of n.
Proof. apply pow_lt. lra. Qed.
Lemma scale_step n : scale_of (S n) = 2 * scale_of n.
Proof. unfold scale_of. rewrite Nat.add_succ_r. reflexivity. Qed.
Lemma scale_integer n : IZR (2 ^ Z.of_nat (halvings + n)) = scale_of n.
Proof. unfold scale_of. symmetry. apply pow_IZR. Qed.
Lemma scale_four n : (2 ^ (Z.of_nat (halvings + n) + 2) = 4 * 2 ^ Z.of_nat (halvings + n))%Z.
Proof. rewrite Z.pow_add_r by lia. change (2 ^ 2)%Z with 4%Z. lia. Qed.
Lemma shift_bounds n a :
  IZR (Z.shiftr a (accuracy halvings (S n) + 1)) * (4 * scale_of n) <= IZR a.
Proof.
  rewrite shift_down, scale_four, <- scale_integer, <- mult_IZR. apply div_below.
  assert (0 < 2 ^ Z.of_nat (halvings + n))%Z by (apply Z.pow_pos_nonneg; [reflexivity | lia]). lia.
Qed.
(** Squaring does not lead below zero. *)
Lemma square_stays n d :
  (0 <= 2 ^ Z.of_nat (halvings + n) - (d - Z.shiftr (d * d) (accuracy halvings (S n) + 1)))%Z.
Proof.
  rewrite shift_down, scale_four. set (A := (2 ^ Z.of_nat (halvings + n))%Z).
  assert (HA : (0 < A)%Z) by (apply Z.pow_pos_nonneg; [reflexivity | lia]).
  replace (A - (d - d * d / (4 * A)))%Z with ((A - d) + d * d / (4 * A))%Z by ring.
  rewrite <- Z.div_add_l by lia. apply Z.div_pos; [|lia].
  replace ((A - d) * (4 * A) + d * d)%Z with ((2 * A - d) * (2 * A - d))%Z by ring.
  apply Z.square_nonneg.
Qed.

Lemma squares_below_spec n : forall d x, IZR d <= scale_of n ->
  scale_of n - IZR d <= E x * scale_of n ->
  0 <= IZR (squares_below n d) /\ IZR (squares_below n d) <= E (2 ^ n * x) * W.
Proof.
  induction n as [|n IH]; intros d x Hd H.
  - change (squares_below 0 d) with (whole - d)%Z. simpl pow.
    rewrite Rmult_1_l, minus_IZR, whole_value. unfold scale_of in *. rewrite Nat.add_0_r in *.
    split; lra.
  - change (squares_below (S n) d)
      with (squares_below n (d - Z.shiftr (d * d) (accuracy halvings (S n) + 1))).
    replace (2 ^ S n * x) with (2 ^ n * (2 * x)) by (simpl; ring).
    pose proof (shift_bounds n (d * d)) as Hs. rewrite mult_IZR in Hs.
    pose proof (square_stays n d) as Hz. apply IZR_le in Hz. rewrite !minus_IZR, scale_integer in Hz.
    pose proof (scale_positive n) as Hp. rewrite scale_step in Hd, H.
    pose proof (E_positive x) as He.
    apply IH; rewrite minus_IZR, ?E_double; clear IH;
      set (q := IZR (Z.shiftr (d * d) (accuracy halvings (S n) + 1))) in *; [lra|].
    exact (square_below _ _ _ _ Hp He Hd H Hs).
Qed.
Lemma squares_above_spec n : forall d x, E x * scale_of n <= scale_of n - IZR d ->
  E (2 ^ n * x) * W <= IZR (squares_above n d).
Proof.
  induction n as [|n IH]; intros d x H.
  - change (squares_above 0 d) with (whole - d)%Z. simpl pow.
    rewrite Rmult_1_l, minus_IZR, whole_value. unfold scale_of in *. rewrite Nat.add_0_r in *. exact H.
  - change (squares_above (S n) d)
      with (squares_above n (d + Z.shiftr (- (d * d)) (accuracy halvings (S n) + 1))).
    replace (2 ^ S n * x) with (2 ^ n * (2 * x)) by (simpl; ring).
    pose proof (shift_bounds n (- (d * d))) as Hs. rewrite opp_IZR, mult_IZR in Hs.
    pose proof (scale_positive n) as Hp. rewrite scale_step in H.
    apply IH. rewrite plus_IZR, E_double. exact (square_above _ _ _ _ Hp (E_positive x) H Hs).
Qed.

Lemma halved s q : 2 ^ halvings * (- (s / (IZR (Zpos q) * W))) = - (s / IZR (Zpos q)).
Proof.
  rewrite whole_value. assert (0 < 2 ^ halvings) by (apply pow_lt; lra). pose proof (IZR_Zpos q).
  field. lra.
Qed.
Lemma scale_square : scale_of halvings = W * W.
Proof. unfold scale_of. rewrite pow_add, whole_value. reflexivity. Qed.
Lemma exp_below_spec s q : (0 <= s)%Z -> 0 <= IZR (exp_below s q)
  /\ IZR (exp_below s q) <= E (- (IZR s / IZR (Zpos q))) * W.
Proof.
  intros _. unfold LogisticChecks.exp_below. rewrite <- (halved (IZR s) q).
  pose proof W_positive as HW. pose proof (IZR_Zpos q) as Hq.
  set (x := - (IZR s / (IZR (Zpos q) * W))).
  pose proof (E_above x) as Hx. pose proof (E_positive x) as He.
  apply squares_below_spec; rewrite scale_square; rewrite <- mult_IZR.
  - apply IZR_le, Z.le_min_l.
  - rewrite mult_IZR. destruct (Z.min_spec (whole * whole) (- (- (whole * s) / Zpos q))) as [[_ ->]|[_ ->]].
    + rewrite mult_IZR. assert (0 <= E x * (W * W)) by (apply Rmult_le_pos; [lra | nra]). lra.
    + pose proof (div_below (- (whole * s)) (Zpos q) ltac:(reflexivity)) as H1.
      rewrite opp_IZR, mult_IZR in H1. rewrite opp_IZR.
      set (e := IZR (- (whole * s) / Zpos q)) in *.
      exact (start_below _ _ _ _ _ _ Hq HW Hx eq_refl H1).
Qed.
Lemma exp_above_spec s q : (0 <= s)%Z -> E (- (IZR s / IZR (Zpos q))) * W <= IZR (exp_above s q).
Proof.
  intros Hs. unfold LogisticChecks.exp_above. rewrite <- (halved (IZR s) q).
  pose proof W_positive as HW. pose proof (IZR_Zpos q) as Hq.
  apply squares_above_spec. rewrite scale_square.
  assert (Hz : (0 < Zpos q * whole + s)%Z) by (pose proof whole_positive; nia).
  pose proof (div_below (whole * whole * s) (Zpos q * whole + s) Hz) as H1.
  rewrite plus_IZR, !mult_IZR in H1. apply IZR_le in Hs.
  exact (start_above _ _ _ _ _ _ Hq HW Hs (E_above (IZR s / (IZR (Zpos q) * W)))
    (E_positive _) (E_opposite _) H1).
Qed.

Lemma real_bounds w yl zu la ub v ea ma eb mb : 0 < w -> 0 <= yl -> yl <= v * w -> v * w <= zu ->
  0 <= la -> la <= ma * w -> mb * w <= ub -> w * w <= la * (w + yl) -> ub * (w + zu) <= w * w ->
  ea * ma = 1 -> eb * mb = 1 -> 0 < v -> 0 < ea -> 0 < eb -> 0 < mb -> ea <= 1 + v <= eb.
Proof.
  intros Hw S1 S2 S3 A1 A2 B H1 H2 Oa Ob Hv Pa Pb Pm.
  assert (HWW : 0 < w * w) by now apply Rmult_lt_0_compat. split.
  - assert (H3 : w * w <= (ma * w) * (w + v * w)).
    { eapply Rle_trans; [exact H1|]. apply Rmult_le_compat; lra. }
    assert (H4 : 1 <= ma * (1 + v)) by (apply (Rmult_le_reg_r (w * w)); [exact HWW | lra]).
    assert (H5 : ea * 1 <= ea * (ma * (1 + v))) by (apply Rmult_le_compat_l; lra).
    rewrite <- Rmult_assoc, Oa in H5. lra.
  - assert (H3 : (mb * w) * (w + v * w) <= w * w).
    { assert (0 <= mb * w) by (apply Rmult_le_pos; lra).
      assert (0 <= v * w) by (apply Rmult_le_pos; lra).
      eapply Rle_trans; [|exact H2]. apply Rmult_le_compat; lra. }
    assert (H4 : mb * (1 + v) <= 1) by (apply (Rmult_le_reg_r (w * w)); [exact HWW | lra]).
    assert (H5 : eb * (mb * (1 + v)) <= eb * 1) by (apply Rmult_le_compat_l; lra).
    rewrite <- Rmult_assoc, Ob in H5. lra.
Qed.
Lemma log_between_spec s q a b : (0 <= s)%Z -> log_between s q a b = true ->
  IZR a / W <= log (1 + E (- (IZR s / IZR (Zpos q)))) <= IZR b / W.
Proof.
  intros Hs H. unfold log_between in H. apply andb_prop in H as [H H2].
  apply andb_prop in H as [H H1]. apply andb_prop in H as [Ha Hb]. apply Z.leb_le in Ha, Hb, H1, H2.
  apply IZR_le in H1, H2. rewrite !mult_IZR, !plus_IZR in H1, H2.
  pose proof W_positive as HW.
  destruct (exp_below_spec s q Hs) as [S1 S2]. pose proof (exp_above_spec s q Hs) as S3.
  destruct (exp_below_spec a (Z.to_pos whole) Ha) as [A1 A2].
  pose proof (exp_above_spec b (Z.to_pos whole) Hb) as B.
  rewrite Z2Pos.id in A2, B by apply whole_positive.
  assert (Hlog : E (log (1 + E (- (IZR s / IZR (Zpos q))))) = 1 + E (- (IZR s / IZR (Zpos q)))).
  { apply logarithm. pose proof (E_positive (- (IZR s / IZR (Zpos q)))) as Hv. clear - Hv. lra. }
  assert (Hbounds : E (IZR a / W) <= 1 + E (- (IZR s / IZR (Zpos q))) <= E (IZR b / W)).
  { exact (real_bounds _ _ _ _ _ _ _ _ _ _ HW S1 S2 S3 A1 A2 B H1 H2 (E_opposite _) (E_opposite _)
      (E_positive _) (E_positive _) (E_positive _) (E_positive _)). }
  split; apply E_reflects; rewrite Hlog; apply Hbounds.
Qed.
(** log(1 + exp t) = max(t, 0) + log(1 + exp(-|t|)). *)
Lemma softplus t : log (1 + E t) = Rmax t 0 + log (1 + E (- Rabs t)).
Proof.
  destruct (Rle_lt_dec t 0) as [H|H].
  - rewrite Rmax_right, Rabs_left1, Ropp_involutive by lra. ring.
  - rewrite Rmax_left, Rabs_right by lra. pose proof (E_positive t). pose proof (E_positive (- t)).
    apply Rle_antisym; apply E_reflects; rewrite E_sum, !logarithm by lra;
      rewrite Rmult_plus_distr_l, Rmult_1_r, E_opposite; lra.
Qed.

Lemma row_bounds_spec unit dy : forall outputs ys bounds low high,
  row_bounds unit dy outputs ys bounds = Some (low, high) ->
  let n := length outputs in let c := W * IZR (Zpos (unit * dy)) in
  IZR low <= c * sum n (fun j => log (1 + E (zvec outputs j / IZR (Zpos unit)))
      - zvec ys j / IZR (Zpos dy) * (zvec outputs j / IZR (Zpos unit))) <= IZR high.
Proof.
  induction outputs as [|o outputs IH]; intros [|y ys] [|[a b] bounds] low high H; try discriminate.
  - injection H as <- <-. simpl. lra.
  - simpl in H. destruct (log_between (Z.abs o) unit a b) eqn:Hl; [|discriminate].
    destruct (row_bounds unit dy outputs ys bounds) as [[l h]|] eqn:Hr; [|discriminate].
    injection H as <- <-. specialize (IH ys bounds l h Hr). cbv zeta in IH |- *.
    apply (log_between_spec _ _ _ _ (Z.abs_nonneg o)) in Hl.
    pose proof W_positive as HW. pose proof (IZR_Zpos unit) as HU. pose proof (IZR_Zpos dy) as HD.
    simpl length. rewrite sum_shift.
    change (sum (length outputs) (fun k => log (1 + E (zvec (o :: outputs) (S k) / IZR (Zpos unit)))
      - zvec (y :: ys) (S k) / IZR (Zpos dy) * (zvec (o :: outputs) (S k) / IZR (Zpos unit))))
      with (sum (length outputs) (fun j => log (1 + E (zvec outputs j / IZR (Zpos unit)))
      - zvec ys j / IZR (Zpos dy) * (zvec outputs j / IZR (Zpos unit)))).
    change (zvec (o :: outputs) 0) with (IZR o). change (zvec (y :: ys) 0) with (IZR y).
    set (rest := sum _ _) in *.
    assert (Habs : Rabs (IZR o / IZR (Zpos unit)) = IZR (Z.abs o) / IZR (Zpos unit)).
    { unfold Rdiv. rewrite Rabs_mult, abs_IZR, Rabs_inv, (Rabs_right (IZR (Zpos unit))) by lra. reflexivity. }
    rewrite softplus, Habs. set (g := log (1 + E (- (IZR (Z.abs o) / IZR (Zpos unit))))) in *.
    assert (Hmax : Rmax (IZR o / IZR (Zpos unit)) 0 = IZR (Z.max o 0) / IZR (Zpos unit)).
    { destruct (Z.le_gt_cases o 0) as [Ho|Ho].
      - rewrite Z.max_r by exact Ho. apply IZR_le in Ho. rewrite Rmax_right; [field; lra|].
        apply (Rmult_le_reg_r (IZR (Zpos unit))); [exact HU|]. unfold Rdiv.
        rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. lra.
      - rewrite Z.max_l by lia. apply IZR_lt in Ho. rewrite Rmax_left; [reflexivity|].
        apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]. }
    rewrite Hmax, !plus_IZR, !mult_IZR, minus_IZR, !mult_IZR.
    rewrite !Pos2Z.inj_mul, !mult_IZR in *.
    replace (W * (IZR (Zpos unit) * IZR (Zpos dy)) * (IZR (Z.max o 0) / IZR (Zpos unit) + g
        - IZR y / IZR (Zpos dy) * (IZR o / IZR (Zpos unit)) + rest))
      with (W * (IZR (Z.max o 0) * IZR (Zpos dy) - IZR y * IZR o)
        + (g * W) * (IZR (Zpos unit) * IZR (Zpos dy)) + W * (IZR (Zpos unit) * IZR (Zpos dy)) * rest)
      by (field; lra).
    assert (Hc : 0 < IZR (Zpos unit) * IZR (Zpos dy)) by now apply Rmult_lt_0_compat.
    destruct Hl as [Hl1 Hl2].
    assert (Ha : IZR a <= g * W).
    { replace (IZR a) with (IZR a / W * W) by (field; lra). apply Rmult_le_compat_r; lra. }
    assert (Hb : g * W <= IZR b).
    { replace (IZR b) with (IZR b / W * W) by (field; lra). apply Rmult_le_compat_r; lra. }
    split.
    + assert (IZR a * (IZR (Zpos unit) * IZR (Zpos dy)) <= (g * W) * (IZR (Zpos unit) * IZR (Zpos dy)))
        by (apply Rmult_le_compat_r; lra). lra.
    + assert ((g * W) * (IZR (Zpos unit) * IZR (Zpos dy)) <= IZR b * (IZR (Zpos unit) * IZR (Zpos dy)))
        by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma all_bounds_spec unit dy : forall outputs ys bounds low high,
  all_bounds unit dy outputs ys bounds = Some (low, high) ->
  let c := W * IZR (Zpos (unit * dy)) in
  IZR low <= c * sum (length outputs) (fun k => sum (length (nth k outputs [])) (fun j =>
      log (1 + E (zmat outputs k j / IZR (Zpos unit)))
      - zmat ys k j / IZR (Zpos dy) * (zmat outputs k j / IZR (Zpos unit)))) <= IZR high.
Proof.
  induction outputs as [|o outputs IH]; intros [|y ys] [|b bounds] low high H; try discriminate.
  - injection H as <- <-. simpl. lra.
  - simpl in H. destruct (row_bounds unit dy o y b) as [[l h]|] eqn:Hr; [|discriminate].
    destruct (all_bounds unit dy outputs ys bounds) as [[l' h']|] eqn:Ha; [|discriminate].
    injection H as <- <-. specialize (IH ys bounds l' h' Ha). cbv zeta in IH |- *.
    apply row_bounds_spec in Hr. cbv zeta in Hr.
    change (length (o :: outputs)) with (Datatypes.S (length outputs)).
    rewrite sum_shift, Rmult_plus_distr_l, !plus_IZR. destruct Hr as [Hl Hh], IH as [Il Ih].
    split; (apply Rplus_le_compat; [assumption | assumption]).
Qed.
End Exponential.
End Sound.

Local Open Scope R_scope.
Theorem check_logistic_loss_sound S P D halvings bounds lower upper :
  check_logistic_loss S P D halvings bounds lower upper = true -> logistic_loss_between S P lower upper.
Proof.
  unfold check_logistic_loss. intros H E log HE Hlog. apply andb_prop in H as [Hok H].
  destruct (layers_ok_parts S P D Hok) as ((_ & _ & HY & _) & _ & _ & Hr & Hy & _ & Hfactor & _).
  pose proof (evaluated_spec S P D Hok) as Ev. destruct (evaluated S P D) as [ok [zs [unit outputs]]].
  destruct Ev as [[Hlen Hv] _].
  destruct (all_bounds halvings unit (den_labels D) outputs _ bounds) as [[low high]|] eqn:Hb; [|discriminate].
  apply andb_prop in H as [H1 H2]. apply (all_bounds_spec halvings E log HE Hlog) in Hb. cbv zeta in Hb.
  apply Qle_bool_iff, Qle_Rle in H1, H2. rewrite Q2R_mult in H1, H2.
  pose proof (IZR_Zpos unit) as HU. pose proof (IZR_Zpos (den_labels D)) as HD.
  pose proof (W_positive halvings) as HW.
  unfold logistic_loss. set (p := layer_problem_of S) in *.
  rewrite (sum_ext (length outputs) _ (fun k => sum (labels p) (fun j =>
    log (1 + E (output_of p (layers_of P) k j)) - label p k j * output_of p (layers_of P) k j))) in Hb.
  - rewrite Hlen in Hb. change (data_points (layer_problem_of S)) with (data_points p) in Hb.
    set (total := sum (data_points p) _) in *.
    change (factor p) with (Q2R (loss_factor S)) in *.
    assert (Hq : forall z, Q2R (z # (Z.to_pos (whole halvings) * (unit * den_labels D)))
      = IZR z / (IZR (whole halvings) * IZR (Zpos (unit * den_labels D)))).
    { intros z. unfold Q2R. cbn [Qnum Qden]. rewrite (Pos2Z.inj_mul (Z.to_pos (whole halvings))), mult_IZR.
      rewrite Z2Pos.id by apply whole_positive. reflexivity. }
    rewrite Hq in H1, H2. pose proof (IZR_Zpos (unit * den_labels D)) as HUD.
    set (c := IZR (whole halvings) * IZR (Zpos (unit * den_labels D))) in *.
    assert (Hc : 0 < c) by (now apply Rmult_lt_0_compat).
    assert (Hle : IZR low / c <= total <= IZR high / c).
    { split; apply (Rmult_le_reg_r c); try exact Hc; unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra. }
    split.
    + eapply Rle_trans; [exact H1|]. apply Rmult_le_compat_l; [lra | apply Hle].
    + eapply Rle_trans; [|exact H2]. apply Rmult_le_compat_l; [lra | apply Hle].
  - intros k Hk. rewrite Hlen in Hk. destruct (Hv k Hk) as [Hlk Hvk].
    change (labels (layer_problem_of S)) with (labels p) in *. rewrite Hlk. apply sum_ext. intros j Hj.
    unfold zmat at 1 3. rewrite Hvk by exact Hj. rewrite (clear_rows_spec _ _ HY k j).
    change (label p k j) with (Q2R (nth j (nth k (labels_y S) []) 0%Q)).
    replace (IZR (Zpos unit) * output_of p (layers_of P) k j / IZR (Zpos unit))
      with (output_of p (layers_of P) k j) by (field; lra).
    replace (IZR (Zpos (den_labels D)) * Q2R (nth j (nth k (labels_y S) []) 0%Q) / IZR (Zpos (den_labels D)))
      with (Q2R (nth j (nth k (labels_y S) []) 0%Q)) by (field; lra).
    reflexivity.
Qed.
