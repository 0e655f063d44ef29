(** Exact arithmetic of any kind, with signs: what the checkers for number fields are written over. *)
From Coq Require Import Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Claims.
Import ListNotations.

Inductive sign := Negative | Zero | Positive | Undecided.

(** Numbers are computed with in [carrier]; those of a file are of type L. *)
Record arithmetic (L : Type) := Arithmetic {
  carrier : Type;
  read : L -> carrier;
  literal_zero : L; literal_one : L;
  add : carrier -> carrier -> carrier;
  mul : carrier -> carrier -> carrier;
  opp : carrier -> carrier;
  sign_of : carrier -> sign }.
Arguments carrier {L}. Arguments read {L}. Arguments literal_zero {L}. Arguments literal_one {L}.
Arguments add {L a}. Arguments mul {L a}. Arguments opp {L a}. Arguments sign_of {L a}.

Local Open Scope R_scope.
Definition has_the_sign (s : sign) (t : R) : Prop :=
  match s with Negative => t < 0 | Zero => t = 0 | Positive => 0 < t | Undecided => True end.
Record sound {L} {meaning : numbers L} (A : arithmetic L) (value : carrier A -> R) : Prop := Sound {
  value_read : forall a, value (read A a) = real a;
  same_zero : literal_zero A = zero; same_one : literal_one A = one;
  real_zero : real zero = 0; real_one : real one = 1;
  value_add : forall a b, value (add a b) = value a + value b;
  value_mul : forall a b, value (mul a b) = value a * value b;
  value_opp : forall a, value (opp a) = - value a;
  value_sign : forall a, has_the_sign (sign_of a) (value a) }.

(** ** Tables: a function that is computed once for all arguments below a bound *)
Section Tables.
Context {B : Type}.
Definition tabulate (default : B) (n : nat) (f : nat -> B) : nat -> B :=
  let t := map f (seq 0 n) in fun k => nth k t default.
Definition tabulate2 (default : B) (n n' : nat) (f : nat -> nat -> B) : nat -> nat -> B :=
  let t := map (fun k => map (f k) (seq 0 n')) (seq 0 n) in
  fun k l => nth l (nth k t []) default.
Lemma tabulate_spec default n f k : (k < n)%nat -> tabulate default n f k = f k.
Proof.
  intros H. unfold tabulate. rewrite (nth_indep _ default (f 0%nat)) by (now rewrite map_length, seq_length).
  rewrite map_nth, seq_nth by auto. reflexivity.
Qed.
Lemma tabulate2_spec default n n' f k l : (k < n)%nat -> (l < n')%nat ->
  tabulate2 default n n' f k l = f k l.
Proof.
  intros H H'. unfold tabulate2.
  rewrite (nth_indep _ [] (map (f 0%nat) (seq 0 n'))) by (now rewrite map_length, seq_length).
  rewrite (map_nth (fun k => map (f k) (seq 0 n'))), seq_nth by auto.
  now apply (tabulate_spec default n' (f k)).
Qed.
End Tables.

(** A condition for all indices below a bound, or for one. *)
Definition all (n : nat) (f : nat -> bool) : bool := forallb f (seq 0 n).
Definition some (n : nat) (f : nat -> bool) : bool := existsb f (seq 0 n).
Lemma all_spec n f : all n f = true -> forall k, (k < n)%nat -> f k = true.
Proof. unfold all. rewrite forallb_forall. intros H k Hk. apply H, in_seq. lia. Qed.
Lemma some_spec n f : some n f = true -> exists k, (k < n)%nat /\ f k = true.
Proof.
  unfold some. intros H. apply existsb_exists in H as (k & Hk & H). apply in_seq in Hk.
  exists k. split; [lia | exact H].
Qed.

(** ** Sums, differences, absolute values, tests of signs *)
Section Operations.
Context {L : Type} {A : arithmetic L}.
Notation K := (carrier A).
Definition nought : K := read A (literal_zero A).
Definition unity : K := read A (literal_one A).
Definition sub (a b : K) : K := add a (opp b).
Definition twice (a : K) : K := add a a.
Fixpoint total (n : nat) (f : nat -> K) : K :=
  match n with O => nought | S k => add (total k f) (f k) end.
Definition absolute (a : K) : K := match sign_of a with Negative => opp a | _ => a end.
Definition unit_entry (j l : nat) : K := if Nat.eqb j l then unity else nought.

Definition is_zero (a : K) : bool := match sign_of a with Zero => true | _ => false end.
Definition is_positive (a : K) : bool := match sign_of a with Positive => true | _ => false end.
Definition is_negative (a : K) : bool := match sign_of a with Negative => true | _ => false end.
Definition is_nonzero (a : K) : bool := is_positive a || is_negative a.
Definition is_nonnegative (a : K) : bool := is_zero a || is_positive a.
Definition decided (s : sign) : bool := match s with Undecided => false | _ => true end.

Context {meaning : numbers L} {value : K -> R} (Hs : sound A value).

Lemma value_nought : value nought = 0.
Proof. unfold nought. rewrite (value_read A value Hs), (same_zero A value Hs). apply Hs. Qed.
Lemma value_unity : value unity = 1.
Proof. unfold unity. rewrite (value_read A value Hs), (same_one A value Hs). apply Hs. Qed.
Lemma value_sub a b : value (sub a b) = value a - value b.
Proof. unfold sub. rewrite (value_add A value Hs), (value_opp A value Hs). lra. Qed.
Lemma value_twice a : value (twice a) = 2 * value a.
Proof. unfold twice. rewrite (value_add A value Hs). lra. Qed.
Lemma value_total n f : value (total n f) = sum n (fun k => value (f k)).
Proof.
  induction n as [|n IH]; simpl; [apply value_nought|]. now rewrite (value_add A value Hs), IH.
Qed.
Lemma value_absolute a : decided (sign_of a) = true -> value (absolute a) = Rabs (value a).
Proof.
  pose proof (value_sign A value Hs a) as H. unfold absolute, Rabs.
  destruct (sign_of a), (Rcase_abs (value a)); simpl in *; intros; try discriminate; try lra.
  all: rewrite (value_opp A value Hs); lra.
Qed.
Lemma value_unit_entry j l : value (unit_entry j l) = unit_vector j l.
Proof.
  unfold unit_entry, unit_vector. destruct (Nat.eqb j l); [apply value_unity | apply value_nought].
Qed.

Lemma zero_sound a : is_zero a = true -> value a = 0.
Proof.
  pose proof (value_sign A value Hs a) as H. unfold is_zero.
  destruct (sign_of a); simpl in *; intros; try discriminate; lra.
Qed.
Lemma positive_sound a : is_positive a = true -> 0 < value a.
Proof.
  pose proof (value_sign A value Hs a) as H. unfold is_positive.
  destruct (sign_of a); simpl in *; intros; try discriminate; lra.
Qed.
Lemma negative_sound a : is_negative a = true -> value a < 0.
Proof.
  pose proof (value_sign A value Hs a) as H. unfold is_negative.
  destruct (sign_of a); simpl in *; intros; try discriminate; lra.
Qed.
Lemma nonzero_sound a : is_nonzero a = true -> value a <> 0.
Proof.
  unfold is_nonzero. intros H. apply orb_prop in H as [H|H];
  [apply positive_sound in H | apply negative_sound in H]; lra.
Qed.
Lemma nonnegative_sound a : is_nonnegative a = true -> 0 <= value a.
Proof.
  unfold is_nonnegative. intros H. apply orb_prop in H as [H|H];
  [apply zero_sound in H | apply positive_sound in H]; lra.
Qed.
End Operations.
