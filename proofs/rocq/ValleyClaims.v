(** The claim that the minima near a point of an open cell form a manifold.  What a manifold is, the
    graph of rational functions without poles, is written in [LayerDefinitions]. *)
From Coq Require Import Reals List.
From Exactland Require Import Definitions Claims CellClaims LayerDefinitions.
Import ListNotations.
Local Open Scope R_scope.

(** The parameters of a network with one hidden layer: w_ia is Weight 0 i a, h_ij is Weight 1 j i,
    and c_j, where it is one, Bias 1 j. *)
Definition network_parameters (p : problem) (m : nat) : list parameter :=
  flat_map (fun i => map (Weight 0 i) (seq 0 (inputs p))) (seq 0 m)
  ++ flat_map (fun i => map (fun j => Weight 1 j i) (seq 0 (outputs p))) (seq 0 m)
  ++ (if has_output_bias p then map (Bias 1) (seq 0 (outputs p)) else []).
Definition network_value (Q : network) (q : parameter) : R :=
  match q with Weight O i a => w Q i a | Weight _ j i => h Q i j | Bias _ j => c Q j end.

(** Near P the networks of a set are those where some parameters are rational functions, without
    poles there, of the [dimension] other ones: a smooth manifold of that dimension. *)
Definition network_manifold (p : problem) (P : network) (member : network -> Prop) (dimension : nat)
    : Prop :=
  let all := network_parameters p (width P) in
  exists solved : list (parameter * rational_function),
    NoDup (map fst solved) /\ (dimension + length solved)%nat = length all
    /\ (forall q f, In (q, f) solved -> In q all
          /\ uses_only (fun q' => In q' all /\ ~ In q' (map fst solved)) f)
    /\ exists eps, 0 < eps /\ forall Q, near p eps P Q ->
         (forall q f, In (q, f) solved -> no_pole (network_value Q) f)
         /\ (member Q <-> forall q f, In (q, f) solved ->
               network_value Q q = evaluated_at (network_value Q) f).

(** P lies in an open cell and is of least loss in its closure, and the networks near P with the
    loss of P form a manifold of this dimension. *)
Definition is_cell_valley {K} {meaning : numbers K} (S : setting_over K) (P : parameters_over K)
    (dimension : nat) : Prop :=
  is_cell_minimum S P
  /\ network_manifold (problem_of S) (network_of S P)
       (fun Q => loss (problem_of S) Q = loss (problem_of S) (network_of S P)) dimension.
