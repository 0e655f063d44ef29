(** What a certificate file imports: the claims, the checkers with their soundness theorems, and a
    few short names for witnesses. *)
From Coq Require Export QArith String List.
From Exactland Require Export Claims Prepare Functional Checks Curves GlobalMinimum CellMinimum
  ClarkeChecks CellClaims CellComponents ValleyClaims
  CellValley LandscapeClaims Replication
  WidthChecks CellCountChecks BlockChecks.
From Exactland Require LayerDefinitions BlockTheorems.
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
(** Minima by blocks: a class whose direction is a combination of held ones; phi_i in terms of
    sides; a neuron's part in a leaf; a vector in terms of functionals; a square. *)
Definition implied (q : nat) (factor : positive) (ms : multipliers) :
  nat * (positive * multipliers) := (q, (factor, ms)).
Definition level_of (factor : positive) (from held : multipliers) : level := (factor, from, held).
Definition part_of (i : nat) (r : neuron_part) : nat * neuron_part := (i, r).
Definition resolve (c rest : list Z) : resolved := (c, rest).
Definition weighing (weight : Z) (v : list Z) : Z * list Z := (weight, v).
Definition check_minimum_by_blocks_sound := BlockTheorems.check_minimum_by_blocks_sound.
Definition check_spurious_by_blocks_sound := BlockTheorems.check_spurious_by_blocks_sound.
