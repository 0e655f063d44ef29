(** Claims about whole families of networks: all networks of a width, replications of a neuron; and
    about the cells into which data cut the space of weights.

    With [Definitions] and [Claims] this is all that has to be read to trust such a certificate. *)
From Coq Require Import ZArith QArith Reals List.
From Exactland Require Import Definitions Claims.
Local Open Scope R_scope.

(** Replicating neuron i: n >= 2 copies with input weights beta_l w_i and output weights
    gamma_l h_i.  The first copy takes the place of neuron i, the others stand at the end. *)
Definition factors (n : nat) (beta gamma : vector) : Prop :=
  (2 <= n)%nat /\ (forall l, (l < n)%nat -> 0 < beta l) /\ sum n (fun l => beta l * gamma l) = 1.
(** [copy_at m i l]: which copy of neuron i, if any, neuron l is; m is the width before. *)
Definition copy_at (m i l : nat) : option nat :=
  if Nat.eqb l i then Some O else if Nat.ltb l m then None else Some (S (l - m)).
Definition replicated (P : network) (i n : nat) (beta gamma : vector) : network := {|
  width := width P + (n - 1);
  w := fun l a => match copy_at (width P) i l with
                  | Some q => beta q * w P i a | None => w P l a end;
  h := fun l j => match copy_at (width P) i l with
                  | Some q => gamma q * h P i j | None => h P l j end;
  c := c P |}.

Inductive gammas := every_gamma | nonnegative_gammas | positive_gammas | no_gamma.
Definition among (set : gammas) (n : nat) (gamma : vector) : Prop :=
  match set with
  | every_gamma => True
  | nonnegative_gammas => forall l, (l < n)%nat -> 0 <= gamma l
  | positive_gammas => forall l, (l < n)%nat -> 0 < gamma l
  | no_gamma => False
  end.

Section Claims.
Context {K : Type} {meaning : numbers K}.
Variables (S : setting_over K) (P : parameters_over K).
Let p := problem_of S. Let P0 := network_of S P.

(** P has this loss, and no network with as many neurons has a lower one. *)
Definition is_global_minimum_of_width (value : K) : Prop :=
  loss p P0 = real value /\ forall Q, width Q = width P0 -> loss p P0 <= loss p Q.

(** P is directionally stationary, and replicating neuron i keeps this exactly for these gamma. *)
Definition is_replication_stationary_set (i : nat) (set : gammas) : Prop :=
  (i < width P0)%nat /\ directionally_stationary p P0 /\
  forall n beta gamma, factors n beta gamma ->
    (directionally_stationary p (replicated P0 i n beta gamma) <-> among set n gamma).

(** Replicating neuron i gives a local minimum exactly for these gamma; unless it is for no gamma,
    P is a local minimum. *)
Definition is_replication_minimum_set (i : nat) (set : gammas) : Prop :=
  (i < width P0)%nat /\ (set <> no_gamma -> local_minimum p P0) /\
  forall n beta gamma, factors n beta gamma ->
    (local_minimum p (replicated P0 i n beta gamma) <-> among set n gamma).
End Claims.

(** The cells of data x_k: the vectors w with w . x_k not zero wherever x_k is not, divided by the
    signs of the w . x_k.  (The sets of given signs are convex and open.) *)
Section Cells.
Context {K : Type} {meaning : numbers K}.
Variables (dimension : nat) (data : list (list K)).
Definition height_at (w : vector) (k : nat) : R := sum dimension (fun a => w a * entry2 data k a).
Definition in_a_cell (w : vector) : Prop := forall k, (k < length data)%nat -> height_at w k = 0 ->
  forall a, (a < dimension)%nat -> entry2 data k a = 0.
Definition same_cell (w w' : vector) : Prop := forall k, (k < length data)%nat ->
  (0 < height_at w k <-> 0 < height_at w' k).

(** One point in every cell. *)
Definition representatives (count : nat) (point : nat -> vector) : Prop :=
  (forall i, (i < count)%nat -> in_a_cell (point i)) /\
  (forall i j, (i < count)%nat -> (j < count)%nat -> same_cell (point i) (point j) -> i = j) /\
  (forall w, in_a_cell w -> exists i, (i < count)%nat /\ same_cell w (point i)).

(** So many cells. *)
Definition is_cell_count (cells : Z) : Prop :=
  exists count point, representatives count point /\ Z.of_nat count = cells.

(** So many cells, and the points of the list and their opposites are one in each. *)
Definition is_cell_list (cells : Z) (points : list (list K)) : Prop :=
  let M := length points in
  Z.of_nat (M + M) = cells /\ representatives (M + M) (fun i a =>
    if Nat.ltb i M then entry2 points i a else - entry2 points (i - M) a).
End Cells.
