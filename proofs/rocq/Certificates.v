(** What a certificate file imports: the claims, the checkers with their soundness theorems, and a
    few short names for witnesses. *)
From Coq Require Export QArith String List.
From Exactland Require Export Claims Prepare Functional Checks Curves GlobalMinimum CellMinimum
  ClarkeChecks CellClaims CellComponents ValleyClaims
  CellValley LandscapeClaims Replication
  WidthChecks CellCountChecks.
From Exactland Require LayerDefinitions.
Export ListNotations.

(** The multiplier z / (denominator of its leaf) of the class of x_q. *)
Definition times (q : nat) (z : Z) : nat * Z := (q, z).
(** A class of parallel data: its representative and its primitive direction. *)
Definition class (q : nat) (direction : list Z) : nat * list Z := (q, direction).
(** The position of the class of a datum, and its length in the direction of the class. *)
Definition datum (position : N) (length : Z) : N * Z := (position, length).
(** A cell gradient: its multiplier and a point of the cell. *)
Definition cell (multiplier : Z) (point : list Z) : Z * list Z := (multiplier, point).
Definition combine_cells (denominator : positive) (cells : list (Z * list Z)) : combination :=
  (denominator, cells).
(** The entries of a direction, or of a curve, that belong to one neuron. *)
Definition neuron {A} (i : nat) (w : A) (h : A) : nat * (A * A) := (i, (w, h)).
(** The neighbour across a wall, and its place of the ray that the wall lacks. *)
Definition wall (j : N) (b : nat) : N * nat := (j, b).
(** Parameters of a network with one hidden layer: w_ia, and the output bias. *)
Definition input_weight (i a : nat) := LayerDefinitions.Weight 0 i a.
Definition output_bias := LayerDefinitions.Bias 1 0.
