(** Finite sums, and a common radius for finitely many local conditions. *)
From Coq Require Import Reals Lra Lia.
From Exactland Require Import Definitions.
Local Open Scope R_scope.

Lemma sum_ext n f g : (forall k, (k < n)%nat -> f k = g k) -> sum n f = sum n g.
Proof. induction n as [|n IH]; intros H; simpl; auto. rewrite IH, H; auto. Qed.

Lemma sum_plus n f g : sum n (fun k => f k + g k) = sum n f + sum n g.
Proof. induction n as [|n IH]; simpl; [lra | rewrite IH; lra]. Qed.

Lemma sum_minus n f g : sum n (fun k => f k - g k) = sum n f - sum n g.
Proof. induction n as [|n IH]; simpl; [lra | rewrite IH; lra]. Qed.

Lemma sum_scal n a f : sum n (fun k => a * f k) = a * sum n f.
Proof. induction n as [|n IH]; simpl; [lra | rewrite IH; lra]. Qed.

Lemma sum_scal_r n a f : sum n (fun k => f k * a) = sum n f * a.
Proof. induction n as [|n IH]; simpl; [lra | rewrite IH; lra]. Qed.

Lemma sum_zero n f : (forall k, (k < n)%nat -> f k = 0) -> sum n f = 0.
Proof. induction n as [|n IH]; intros H; simpl; auto. rewrite IH, H; auto; lra. Qed.

Lemma sum_0 n : sum n (fun _ => 0) = 0.
Proof. now apply sum_zero. Qed.

Lemma sum_const n a : sum n (fun _ => a) = INR n * a.
Proof. induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. simpl sum. rewrite IH. lra. Qed.

Lemma sum_ge0 n f : (forall k, (k < n)%nat -> 0 <= f k) -> 0 <= sum n f.
Proof.
  induction n as [|n IH]; intros H; simpl; [lra|].
  assert (0 <= sum n f) by (apply IH; auto). assert (0 <= f n) by auto. lra.
Qed.

Lemma sum_le n f g : (forall k, (k < n)%nat -> f k <= g k) -> sum n f <= sum n g.
Proof.
  induction n as [|n IH]; intros H; simpl; [lra|].
  assert (sum n f <= sum n g) by auto. assert (f n <= g n) by auto. lra.
Qed.

Lemma sum_swap n m (f : nat -> nat -> R) :
  sum n (fun k => sum m (fun i => f k i)) = sum m (fun i => sum n (fun k => f k i)).
Proof.
  induction n as [|n IH]; simpl.
  - symmetry; apply sum_zero; auto.
  - rewrite IH, <- sum_plus. reflexivity.
Qed.

Lemma sum_single n f i : (i < n)%nat -> (forall k, (k < n)%nat -> k <> i -> f k = 0) ->
  sum n f = f i.
Proof.
  induction n as [|n IH]; intros Hi H; [lia|]; simpl.
  destruct (Nat.eq_dec i n) as [->|Hne].
  - rewrite sum_zero; [lra|]. intros k Hk; apply H; lia.
  - rewrite IH; [rewrite (H n); [lra|lia|lia]|lia|]. intros k Hk; apply H; lia.
Qed.

Lemma sum_shift n f : sum (S n) f = f O + sum n (fun k => f (S k)).
Proof.
  induction n as [|n IH]; [simpl; lra|].
  change (sum (S (S n)) f) with (sum (S n) f + f (S n)). rewrite IH. simpl. lra.
Qed.

Lemma sum_split n1 n2 f : sum (n1 + n2) f = sum n1 f + sum n2 (fun k => f (n1 + k)%nat).
Proof.
  induction n2 as [|n IH]; simpl; [rewrite Nat.add_0_r; lra|].
  rewrite Nat.add_succ_r. simpl. rewrite IH. lra.
Qed.

(** A sum over a product of index sets, with l = l1 * n2 + l2. *)
Lemma sum_product n1 n2 f : sum (n1 * n2) f =
  sum n1 (fun l1 => sum n2 (fun l2 => f (l1 * n2 + l2)%nat)).
Proof.
  induction n1 as [|n1 IH]; [reflexivity|].
  replace (S n1 * n2)%nat with (n1 * n2 + n2)%nat by lia. rewrite sum_split, IH. reflexivity.
Qed.

Lemma sum_abs n f : Rabs (sum n f) <= sum n (fun k => Rabs (f k)).
Proof.
  induction n as [|n IH]; simpl; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma sum_zero_ge0 n f : (forall k, (k < n)%nat -> 0 <= f k) -> sum n f = 0 ->
  forall k, (k < n)%nat -> f k = 0.
Proof.
  induction n as [|n IH]; intros Hf H k Hk; [lia|]. simpl in H.
  assert (0 <= sum n f) by (apply sum_ge0; auto). assert (0 <= f n) by auto.
  destruct (Nat.eq_dec k n) as [->|]; [lra|]. apply IH; auto; [lra | lia].
Qed.

Lemma finite_radius N (P : nat -> R -> Prop) :
  (forall i e e', P i e -> 0 < e' <= e -> P i e') ->
  (forall i, (i < N)%nat -> exists e, 0 < e /\ P i e) ->
  exists e, 0 < e /\ forall i, (i < N)%nat -> P i e.
Proof.
  intros Hmono. induction N as [|N IH]; intros H.
  - exists 1; split; [lra | intros; lia].
  - destruct IH as [e1 [He1 H1]]. { intros i Hi; apply H; lia. }
    destruct (H N) as [e2 [He2 H2]]; [lia|].
    exists (Rmin e1 e2). assert (0 < Rmin e1 e2) by (apply Rmin_glb_lt; auto).
    pose proof (Rmin_l e1 e2). pose proof (Rmin_r e1 e2).
    split; auto. intros i Hi. destruct (Nat.eq_dec i N) as [->|Hne].
    + apply Hmono with e2; auto; lra.
    + apply Hmono with e1; [apply H1; lia | lra].
Qed.

(** [eventually P]: P t for all small t > 0. *)
Definition eventually (P : R -> Prop) : Prop := exists T, 0 < T /\ forall t, 0 < t < T -> P t.

Lemma eventually_and (P Q : R -> Prop) :
  eventually P -> eventually Q -> eventually (fun t => P t /\ Q t).
Proof.
  intros [T1 [H1 A]] [T2 [H2 B]]. exists (Rmin T1 T2).
  pose proof (Rmin_l T1 T2). pose proof (Rmin_r T1 T2).
  split; [now apply Rmin_glb_lt|]. intros t Ht. split; [apply A | apply B]; lra.
Qed.

Lemma eventually_impl (P Q : R -> Prop) :
  eventually P -> (forall t, 0 < t -> P t -> Q t) -> eventually Q.
Proof. intros [T [HT A]] H. exists T; split; auto. intros t Ht. apply H; [lra | auto]. Qed.

Lemma eventually_all n (P : nat -> R -> Prop) :
  (forall k, (k < n)%nat -> eventually (P k)) ->
  eventually (fun t => forall k, (k < n)%nat -> P k t).
Proof.
  induction n as [|n IH]; intros H.
  - exists 1. split; [lra | intros; lia].
  - assert (A : eventually (fun t => forall k, (k < n)%nat -> P k t)) by (apply IH; auto).
    pose proof (eventually_and _ _ A (H n ltac:(lia))) as B.
    apply (eventually_impl _ _ B). intros t _ [C D] k Hk.
    destruct (Nat.eq_dec k n) as [->|]; auto. apply C; lia.
Qed.

Lemma eventually_some (P : R -> Prop) : eventually P -> exists t, 0 < t /\ P t.
Proof. intros [T [HT A]]. exists (T / 2). split; [lra | apply A; lra]. Qed.

Lemma eventually_small a eps : 0 < eps -> eventually (fun t => Rabs (t * a) < eps).
Proof.
  intros He. exists (eps / (Rabs a + 1)). pose proof (Rabs_pos a).
  split; [apply Rdiv_lt_0_compat; lra|]. intros t Ht. rewrite Rabs_mult, (Rabs_right t) by lra.
  assert (eps / (Rabs a + 1) * (Rabs a + 1) = eps) by (field; lra). nra.
Qed.
