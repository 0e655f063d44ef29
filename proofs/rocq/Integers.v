(** Vectors of integers as lists, and the real vectors they stand for. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums.
Import ListNotations.
Local Open Scope Z_scope.

Notation row := (list Z).
Fixpoint zdot (u v : row) : Z :=
  match u, v with a :: u', b :: v' => a * b + zdot u' v' | _, _ => 0 end.
Fixpoint vadd (u v : row) : row :=
  match u, v with a :: u', b :: v' => a + b :: vadd u' v' | _, _ => [] end.
Definition smul (s : Z) (u : row) : row := map (Z.mul s) u.
Fixpoint zsum (u : row) : Z := match u with [] => 0 | a :: u' => a + zsum u' end.
Definition zeros (n : nat) : row := repeat 0 n.
Definition all_zero (u : row) : bool := forallb (Z.eqb 0) u.
Fixpoint row_eqb (u v : row) : bool :=
  match u, v with
  | [], [] => true
  | a :: u', b :: v' => Z.eqb a b && row_eqb u' v'
  | _, _ => false
  end.

(** Rational numbers over a common denominator. *)
Definition divides (D : positive) (q : Q) : bool :=
  Z.eqb ((Zpos D / Zpos (Qden q)) * Zpos (Qden q)) (Zpos D).
Definition clear (D : positive) (q : Q) : Z := Qnum q * (Zpos D / Zpos (Qden q)).
Definition clear_row (D : positive) : list Q -> row := map (clear D).
Definition clear_rows (D : positive) : list (list Q) -> list row := map (clear_row D).
Definition divides_rows (D : positive) (M : list (list Q)) : bool :=
  forallb (forallb (divides D)) M.

Local Open Scope R_scope.
Definition zvec (u : row) (a : nat) : R := IZR (nth a u 0%Z).
Definition zmat (M : list row) (k a : nat) : R := zvec (nth k M []) a.

Lemma zvec_nil a : zvec [] a = 0.
Proof. destruct a; reflexivity. Qed.

Lemma zdot_sum n u v : length u = n -> length v = n ->
  IZR (zdot u v) = sum n (fun a => zvec u a * zvec v a).
Proof.
  revert u v. induction n as [|n IH]; intros [|a u] [|b v] Hu Hv; try discriminate; auto.
  rewrite sum_shift. simpl zdot. rewrite plus_IZR, mult_IZR, (IH u v) by (simpl in *; lia).
  reflexivity.
Qed.

(** The same against a real vector. *)
Definition rdot (u : row) (v : nat -> R) : R := sum (length u) (fun a => zvec u a * v a).

Lemma rdot_zvec u v : length u = length v -> rdot u (zvec v) = IZR (zdot u v).
Proof. intros H. symmetry. now apply zdot_sum. Qed.
Lemma rdot_ext u v v' : (forall a, (a < length u)%nat -> v a = v' a) -> rdot u v = rdot u v'.
Proof. intros H. apply sum_ext. intros a Ha. now rewrite H. Qed.
Lemma rdot_scal_r u s v : rdot u (fun a => s * v a) = s * rdot u v.
Proof. unfold rdot. rewrite <- sum_scal. apply sum_ext; intros; ring. Qed.

Lemma length_vadd u v : length u = length v -> length (vadd u v) = length u.
Proof.
  revert v. induction u as [|a u IH]; intros [|b v] H; simpl in *; try discriminate; auto.
Qed.
Lemma zvec_vadd u v k : length u = length v -> zvec (vadd u v) k = zvec u k + zvec v k.
Proof.
  revert v k. induction u as [|a u IH]; intros [|b v] k H; simpl in *; try discriminate.
  - rewrite zvec_nil. lra.
  - destruct k as [|k].
    + unfold zvec; simpl. now rewrite plus_IZR.
    + apply (IH v k). lia.
Qed.
Lemma length_smul s u : length (smul s u) = length u.
Proof. apply map_length. Qed.
Lemma zvec_smul s u k : zvec (smul s u) k = IZR s * zvec u k.
Proof.
  unfold zvec, smul. destruct (Nat.lt_ge_cases k (length u)) as [H|H].
  - rewrite (nth_indep _ 0%Z (Z.mul s 0)) by (now rewrite map_length). rewrite map_nth.
    apply mult_IZR.
  - rewrite !nth_overflow by (rewrite ?map_length; auto). lra.
Qed.
Lemma rdot_smul s u v : rdot (smul s u) v = IZR s * rdot u v.
Proof.
  unfold rdot. rewrite length_smul, <- sum_scal. apply sum_ext. intros. rewrite zvec_smul. ring.
Qed.
Lemma rdot_vadd u u' v : length u = length u' -> rdot (vadd u u') v = rdot u v + rdot u' v.
Proof.
  intros H. unfold rdot. rewrite length_vadd, <- H, <- sum_plus by auto. apply sum_ext. intros.
  rewrite zvec_vadd by auto. ring.
Qed.

Lemma zsum_sum n u : length u = n -> IZR (zsum u) = sum n (zvec u).
Proof.
  revert u. induction n as [|n IH]; intros [|a u] H; try discriminate; auto.
  rewrite sum_shift. simpl zsum. rewrite plus_IZR, (IH u) by (simpl in *; lia). reflexivity.
Qed.
Lemma zvec_zeros n k : zvec (zeros n) k = 0.
Proof.
  unfold zvec, zeros. destruct (Nat.lt_ge_cases k n).
  - now rewrite nth_repeat.
  - now rewrite nth_overflow by (now rewrite repeat_length).
Qed.
Lemma length_zeros n : length (zeros n) = n.
Proof. apply repeat_length. Qed.
Lemma rdot_zeros n v : rdot (zeros n) v = 0.
Proof. apply sum_zero. intros. rewrite zvec_zeros. ring. Qed.

Lemma all_zero_spec u : all_zero u = true -> forall k, zvec u k = 0.
Proof.
  induction u as [|a u IH]; intros H k; [apply zvec_nil|]. simpl in H.
  apply andb_prop in H as [H1 H2]. destruct k; [|now apply IH].
  unfold zvec. simpl. destruct a; [reflexivity | discriminate | discriminate].
Qed.
Lemma all_zero_rdot u v : all_zero u = true -> rdot u v = 0.
Proof. intros H. apply sum_zero. intros. rewrite all_zero_spec by auto. ring. Qed.
Lemma row_eqb_eq u v : row_eqb u v = true -> u = v.
Proof.
  revert v. induction u as [|a u IH]; intros [|b v] H; simpl in *; try discriminate; auto.
  apply andb_prop in H as [H1 H2]. apply Z.eqb_eq in H1. f_equal; auto.
Qed.

Lemma IZR_Zpos D : 0 < IZR (Zpos D).
Proof. now apply IZR_lt. Qed.

Lemma clear_spec D q : divides D q = true -> IZR (clear D q) = IZR (Zpos D) * Q2R q.
Proof.
  unfold divides, clear, Q2R. intros H. apply Z.eqb_eq in H.
  set (e := (Zpos D / Zpos (Qden q))%Z) in *. rewrite <- H, !mult_IZR.
  pose proof (IZR_Zpos (Qden q)). field. lra.
Qed.
Lemma clear_row_spec D l : forallb (divides D) l = true -> forall a,
  zvec (clear_row D l) a = IZR (Zpos D) * Q2R (nth a l 0%Q).
Proof.
  intros H a. unfold zvec, clear_row. destruct (Nat.lt_ge_cases a (length l)) as [Ha|Ha].
  - rewrite (nth_indep _ 0%Z (clear D 0%Q)) by (now rewrite map_length). rewrite map_nth.
    apply clear_spec. rewrite forallb_forall in H. apply H. now apply nth_In.
  - rewrite !nth_overflow by (rewrite ?map_length; auto). unfold Q2R; simpl. lra.
Qed.
Lemma clear_rows_spec D M : divides_rows D M = true -> forall k a,
  zmat (clear_rows D M) k a = IZR (Zpos D) * Q2R (nth a (nth k M []) 0%Q).
Proof.
  intros H k a. unfold zmat, clear_rows.
  destruct (Nat.lt_ge_cases k (length M)) as [Hk|Hk].
  - rewrite (nth_indep _ [] (clear_row D [])) by (now rewrite map_length). rewrite map_nth.
    apply clear_row_spec. unfold divides_rows in H. rewrite forallb_forall in H.
    apply H. now apply nth_In.
  - rewrite (nth_overflow (map _ _)) by (rewrite map_length; auto).
    rewrite (nth_overflow M) by auto. rewrite zvec_nil. destruct a; unfold Q2R; simpl; lra.
Qed.

Lemma forallb_nth {A} (f : A -> bool) l dflt : forallb f l = true ->
  forall k, (k < length l)%nat -> f (nth k l dflt) = true.
Proof. intros H k Hk. rewrite forallb_forall in H. apply H. now apply nth_In. Qed.

Lemma nth_map_lt {A B} (f : A -> B) l k da db : (k < length l)%nat ->
  nth k (map f l) db = f (nth k l da).
Proof.
  intros H. rewrite (nth_indep _ db (f da)) by (now rewrite map_length). apply map_nth.
Qed.

(** Two lists of one length, side by side. *)
Fixpoint for_all2 {A B} (f : A -> B -> bool) (l : list A) (l' : list B) : bool :=
  match l, l' with
  | [], [] => true | a :: r, b :: r' => f a b && for_all2 f r r' | _, _ => false
  end.
Lemma for_all2_spec {A B} (f : A -> B -> bool) l l' da db : for_all2 f l l' = true ->
  length l = length l' /\ forall k, (k < length l)%nat -> f (nth k l da) (nth k l' db) = true.
Proof.
  revert l'. induction l as [|a l IH]; intros [|b l'] H; simpl in *; try discriminate.
  - split; auto. intros; lia.
  - apply andb_prop in H as [H1 H2]. destruct (IH _ H2) as [Hl Hk].
    split; auto. intros [|k] Hlt; auto. apply Hk. lia.
Qed.

(** [all_sized n M]: every row of M has length n. *)
Definition all_sized (n : nat) (M : list row) : Prop := forall r, In r M -> length r = n.
Lemma all_sized_nth n M k : all_sized n M -> (k < length M)%nat -> length (nth k M []) = n.
Proof. intros H Hk. apply H. now apply nth_In. Qed.
