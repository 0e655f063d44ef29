(** A polynomial that changes its sign between two numbers has a root between them.

    The least upper bound of the standard library rests on one more axiom than its real numbers;
    that Cauchy sequences with a known rate converge does not. *)
From Coq Require Import ZArith QArith Qreals Reals ClassicalConstructiveReals ConstructiveCauchyReals
  Lra Lia List.
From Exactland Require Import Integers Curves.
Import ListNotations.
Local Open Scope R_scope.

(** ** Convergence *)
Lemma rational_unit q : IQR (1 # q) = / IZR (Zpos q).
Proof.
  assert (HZ : forall n, IQR (n # 1) = IZR n).
  { intros n. unfold IQR. apply Rquot1. rewrite Rquot2, Rrepr_IZR. reflexivity. }
  pose proof (IZR_Zpos q) as Hq. apply (Rmult_eq_reg_r (IZR (Zpos q))); [|lra].
  rewrite Rinv_l by lra. rewrite <- (HZ (Zpos q)), <- mult_IQR, <- (HZ 1%Z). unfold IQR. apply Rquot1.
  rewrite !Rquot2. apply inject_Q_morph. unfold Qeq. simpl. lia.
Qed.

Lemma Rabs_le_between s t : Rabs s <= t <-> - t <= s <= t.
Proof. unfold Rabs. destruct (Rcase_abs s); split; lra. Qed.
Lemma cauchy_limit (u : nat -> R) :
  (forall q, {n : nat | forall i j, (n <= i)%nat -> (n <= j)%nat -> Rabs (u i - u j) <= / IZR (Zpos q)}) ->
  exists l, forall q, exists n, forall i, (n <= i)%nat -> Rabs (u i - l) <= / IZR (Zpos q).
Proof.
  intros H. destruct (Rcomplete u) as [l Hl].
  - intros q. destruct (H q) as [n Hn]. exists n. intros i j Hi Hj. specialize (Hn i j Hi Hj).
    apply (proj1 (RabsLUB _ _)). rewrite rational_unit.
    apply Rabs_le_between in Hn. split; intros; lra.
  - exists l. intros q. destruct (Hl q) as [n Hn]. exists n. intros i Hi. specialize (Hn i Hi).
    apply (proj2 (RabsLUB _ _)) in Hn. rewrite rational_unit in Hn. destruct Hn as [A B].
    unfold Rabs. destruct (Rcase_abs _); apply Rnot_lt_le; intros C; [apply B | apply A]; lra.
Qed.

(** ** Bisection *)
(** (f(s) - f(t)) / (s - t) *)
Fixpoint chord (f : row) (s t : R) : R :=
  match f with [] => 0 | _ :: f' => peval f' s + t * chord f' s t end.
Lemma chord_spec f s t : peval f s - peval f t = (s - t) * chord f s t.
Proof.
  induction f as [|a f IH]; simpl; [ring|].
  replace (peval f t) with (peval f s - (s - t) * chord f s t) by lra. ring.
Qed.
Lemma chord_bounded f M : 0 <= M -> exists B C, 0 <= B /\ 0 <= C /\ forall s t,
  Rabs s <= M -> Rabs t <= M -> Rabs (peval f s) <= B /\ Rabs (chord f s t) <= C.
Proof.
  intros HM. induction f as [|a f (B & C & HB & HC & H)].
  - exists 0, 0. split; [lra|]. split; [lra|]. intros. simpl. rewrite Rabs_R0. lra.
  - exists (Rabs (IZR a) + M * B), (B + M * C). pose proof (Rabs_pos (IZR a)).
    split; [nra|]. split; [nra|]. intros s t Hs Ht. destruct (H s t Hs Ht) as [E1 E2].
    pose proof (Rabs_pos (peval f s)). pose proof (Rabs_pos (chord f s t)).
    pose proof (Rabs_pos s). pose proof (Rabs_pos t). simpl.
    split; (eapply Rle_trans; [apply Rabs_triang|]); rewrite Rabs_mult; nra.
Qed.

Section Bisection.
Variables (f : row) (a b : R).
Hypothesis (Hab : a <= b) (Ha : peval f a <= 0) (Hb : 0 <= peval f b).

Fixpoint bisect (n : nat) : R * R :=
  match n with
  | O => (a, b)
  | S n' => let (u, v) := bisect n' in let c := (u + v) / 2 in
            if Rle_dec (peval f c) 0 then (c, v) else (u, c)
  end.
Notation lo n := (fst (bisect n)). Notation hi n := (snd (bisect n)).

Lemma bisect_step n : lo n <= lo (S n) /\ hi (S n) <= hi n /\ lo n <= hi n
  /\ hi n - lo n = (b - a) / 2 ^ n /\ peval f (lo n) <= 0 /\ 0 <= peval f (hi n).
Proof.
  assert (H : lo n <= hi n /\ hi n - lo n = (b - a) / 2 ^ n /\ peval f (lo n) <= 0 /\ 0 <= peval f (hi n)).
  { induction n as [|n (A & B & C & E)]; [simpl; repeat split; try assumption; field|].
    simpl bisect. destruct (bisect n) as [u v]. simpl in *.
    assert (0 < 2 ^ n) by (apply pow_lt; lra).
    assert (W : (b - a) / (2 * 2 ^ n) = (v - u) / 2) by (rewrite B; field; lra). rewrite W.
    destruct (Rle_dec _ 0); simpl; repeat split; try lra. }
  destruct H as (A & B & C & E). simpl bisect. destruct (bisect n) as [u v]. simpl in *.
  destruct (Rle_dec _ 0); simpl; repeat split; lra.
Qed.
Lemma bisect_monotone n k : lo n <= lo (n + k) /\ hi (n + k) <= hi n.
Proof.
  induction k as [|k [A B]]; [rewrite Nat.add_0_r; lra|]. rewrite Nat.add_succ_r.
  destruct (bisect_step (n + k)) as (C & E & _). lra.
Qed.

Lemma below_power n : INR n <= 2 ^ n.
Proof.
  induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. simpl.
  assert (1 <= 2 ^ n) by (apply pow_R1_Rle; lra). lra.
Qed.
Lemma width_small q : {n : nat | (b - a) / 2 ^ n <= / IZR (Zpos q)}.
Proof.
  set (k := Z.to_nat (up (b - a))). exists (Pos.to_nat q * k)%nat. set (n := (Pos.to_nat q * k)%nat).
  assert (Hk : b - a <= INR k).
  { destruct (archimed (b - a)) as [A _]. unfold k. rewrite INR_IZR_INZ, Z2Nat.id; [lra|].
    apply le_IZR. lra. }
  pose proof (IZR_Zpos q) as Hq. pose proof (below_power n) as Hn.
  assert (E : INR n = IZR (Zpos q) * INR k).
  { unfold n. rewrite mult_INR, (INR_IZR_INZ (Pos.to_nat q)), positive_nat_Z. reflexivity. }
  assert (0 < 2 ^ n) by (apply pow_lt; lra).
  apply (Rmult_le_reg_r (2 ^ n * IZR (Zpos q))); [apply Rmult_lt_0_compat; lra|].
  replace ((b - a) / 2 ^ n * (2 ^ n * IZR (Zpos q))) with ((b - a) * IZR (Zpos q)) by (field; lra).
  replace (/ IZR (Zpos q) * (2 ^ n * IZR (Zpos q))) with (2 ^ n) by (field; lra). nra.
Qed.

Lemma between_bounds : exists l, forall n, lo n <= l <= hi n.
Proof.
  destruct (cauchy_limit (fun n => lo n)) as [l Hl].
  - intros q. destruct (width_small q) as [n Hn]. exists n. intros i j Hi Hj.
    destruct (bisect_monotone n (i - n)) as [A1 A2]. destruct (bisect_monotone n (j - n)) as [B1 B2].
    replace (n + (i - n))%nat with i in * by lia. replace (n + (j - n))%nat with j in * by lia.
    destruct (bisect_step i) as (_ & _ & C & _). destruct (bisect_step j) as (_ & _ & E & _).
    destruct (bisect_step n) as (_ & _ & _ & F & _).
    unfold Rabs. destruct (Rcase_abs _); lra.
  - exists l. intros n.
    assert (Small : forall x, (forall q, x <= / IZR (Zpos q)) -> x <= 0).
    { intros x Hx. apply Rnot_lt_le. intros C. destruct (archimed (/ x)) as [A _].
      assert (Hinv : 0 < / x) by (now apply Rinv_0_lt_compat).
      destruct (up (/ x)) as [|q|q] eqn:E; try (assert (IZR (Zneg q) < 0) by (now apply IZR_lt); lra); [lra|].
      specialize (Hx q). pose proof (IZR_Zpos q) as Hq.
      assert (x * IZR (Zpos q) <= 1) by (replace 1 with (/ IZR (Zpos q) * IZR (Zpos q)) by (field; lra); nra).
      assert (x * / x = 1) by (field; lra). nra. }
    assert (Far : forall q, exists i, (n <= i)%nat /\ Rabs (lo i - l) <= / IZR (Zpos q)).
    { intros q. destruct (Hl q) as [k Hk]. exists (n + k)%nat. split; [lia | apply Hk; lia]. }
    split; apply Rminus_le, Small; intros q; destruct (Far q) as (i & Hi & Hd);
      destruct (bisect_monotone n (i - n)) as [A1 A2]; replace (n + (i - n))%nat with i in * by lia;
      destruct (bisect_step i) as (_ & _ & C & _); apply Rabs_le_between in Hd; lra.
Qed.

Theorem root_between_signs : exists l, a <= l <= b /\ peval f l = 0.
Proof.
  destruct between_bounds as [l Hl]. exists l. split; [apply (Hl 0%nat)|].
  destruct (chord_bounded f (Rmax (Rabs a) (Rabs b))) as (B & C & _ & HC & H).
  { eapply Rle_trans; [apply Rabs_pos | apply Rmax_l]. }
  assert (Hin : forall t, a <= t <= b -> Rabs t <= Rmax (Rabs a) (Rabs b)).
  { intros t Ht. pose proof (Rmax_l (Rabs a) (Rabs b)). pose proof (Rmax_r (Rabs a) (Rabs b)).
    revert H0 H1. unfold Rabs at 1 4 7. destruct (Rcase_abs a), (Rcase_abs b), (Rcase_abs t); lra. }
  assert (Hn : forall n, Rabs (peval f l) <= C * ((b - a) / 2 ^ n)).
  { intros n. destruct (bisect_step n) as (_ & _ & A & W & F1 & F2). specialize (Hl n) as Hln.
    destruct (bisect_monotone 0 n) as [M1 M2]. simpl in M1, M2.
    destruct (H l (lo n) (Hin l (Hl 0%nat)) (Hin (lo n) ltac:(lra))) as [_ E1].
    destruct (H l (hi n) (Hin l (Hl 0%nat)) (Hin (hi n) ltac:(lra))) as [_ E2].
    pose proof (chord_spec f l (lo n)) as G1. pose proof (chord_spec f l (hi n)) as G2.
    apply Rabs_le_between in E1, E2. rewrite <- W. apply Rabs_le_between. split; nra. }
  destruct (Req_dec (peval f l) 0) as [|Hne]; auto. exfalso.
  assert (Hp : 0 < Rabs (peval f l)) by (now apply Rabs_pos_lt).
  set (k := Z.to_nat (up (C * (b - a) / Rabs (peval f l)))).
  pose proof (Hn k) as E. pose proof (below_power k) as Hk.
  assert (Hup : C * (b - a) / Rabs (peval f l) < INR k).
  { destruct (archimed (C * (b - a) / Rabs (peval f l))) as [A _]. unfold k.
    rewrite INR_IZR_INZ, Z2Nat.id; [lra|]. apply le_IZR.
    assert (0 <= C * (b - a) / Rabs (peval f l)); [|lra].
    apply Rmult_le_pos; [nra | left; now apply Rinv_0_lt_compat]. }
  assert (0 < 2 ^ k) by (apply pow_lt; lra).
  assert (E1 : Rabs (peval f l) * 2 ^ k <= C * (b - a)).
  { replace (C * (b - a)) with (C * ((b - a) / 2 ^ k) * 2 ^ k) by (field; lra). nra. }
  assert (E2 : C * (b - a) < Rabs (peval f l) * INR k).
  { replace (C * (b - a)) with (C * (b - a) / Rabs (peval f l) * Rabs (peval f l)) by (field; lra). nra. }
  nra.
Qed.
End Bisection.
