(** What a certificate about the logistic loss of a network given by layers claims.  Together with
    [LayerDefinitions] and [LayerClaims] this is all that has to be read to trust one. *)
From Coq Require Import QArith Qreals Reals List.
From Exactland Require Import Definitions LayerDefinitions LayerClaims.
Local Open Scope R_scope.

(** The exponential function is the only one with these two properties, and the logarithm is its
    inverse.  The claim is about every such pair of functions. *)
Definition is_exponential (E : R -> R) : Prop :=
  (forall a b, E (a + b) = E a * E b) /\ (forall t, 1 + t <= E t).
Definition is_logarithm (E log : R -> R) : Prop := forall u, 0 < u -> E (log u) = u.

(** L = scale * sum_k sum_j [log(1 + exp f_j(x_k)) - y_kj f_j(x_k)]. *)
Definition logistic_loss (p : layer_problem) (E log : R -> R) (P : layers) : R :=
  factor p * sum (data_points p) (fun k => sum (labels p) (fun j =>
    log (1 + E (output_of p P k j)) - label p k j * output_of p P k j)).

(** The logistic loss at P lies between these numbers ([huber_delta] plays no part). *)
Definition logistic_loss_between (S : layer_setting) (P : list layer_parameters) (lower upper : Q)
    : Prop :=
  forall E log, is_exponential E -> is_logarithm E log ->
  Q2R lower <= logistic_loss (layer_problem_of S) E log (layers_of P) <= Q2R upper.
