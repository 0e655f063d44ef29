(** The claims of certificates about networks given by layers: rational data, and what a claim says.

    Together with [LayerDefinitions], and [entry] and [rows_of_length] of [Claims], this is all that
    has to be read to trust one. *)
From Coq Require Import QArith Qreals Reals List Bool.
From Exactland Require Import Definitions LayerDefinitions Claims.
Import ListNotations.
Local Open Scope R_scope.

(** Activation, data and loss, as in a problem file. *)
Record layer_setting := LayerSetting {
  knots : list Q;                     (* increasing, at least one *)
  piece_slopes : list Q;              (* below the first knot, and after each knot *)
  first_value : Q;                    (* at the first knot *)
  feature_count : nat;
  label_count : nat;
  features_x : list (list Q);         (* N rows *)
  labels_y : list (list Q);           (* N rows *)
  huber_delta : option Q;             (* None: squared errors *)
  loss_factor : Q }.

(** A layer: one row of weights, and one bias, for each of its neurons. *)
Record layer_parameters := LayerParameters {
  layer_w : list (list Q); layer_b : list Q }.

Definition activation_of (S : layer_setting) : R -> R :=
  let knots := map Q2R (knots S) in let slopes := map Q2R (piece_slopes S) in
  piecewise (hd 0 knots) (Q2R (first_value S)) (hd 0 slopes) (combine knots (tl slopes)).
Definition layer_problem_of (S : layer_setting) : layer_problem := {|
  activation := activation_of S;
  features := feature_count S; data_points := length (features_x S); labels := label_count S;
  feature := entry2 (features_x S); label := entry2 (labels_y S);
  huber := option_map Q2R (huber_delta S); factor := Q2R (loss_factor S) |}.
Definition layer_of (l : layer_parameters) : layer := {|
  rows := length (layer_w l); weight := entry2 (layer_w l); bias := entry (layer_b l) |}.
Definition layers_of (P : list layer_parameters) : layers := map layer_of P.

(** No entry is read as zero because it is missing, no row is left out, the knots increase, and
    there is a hidden layer. *)
Fixpoint increasing (knots : list Q) : bool :=
  match knots with
  | a :: (b :: _) as rest => Qle_bool a b && negb (Qeq_bool a b) && increasing rest
  | _ => true
  end.
Fixpoint fitting (n : nat) (P : list layer_parameters) (outputs : nat) : bool :=
  match P with
  | [] => Nat.eqb n outputs
  | l :: P' => rows_of_length n (layer_w l) && Nat.eqb (length (layer_b l)) (length (layer_w l))
               && fitting (length (layer_w l)) P' outputs
  end.
Definition is_positive (q : Q) : bool := Z.ltb 0 (Qnum q).
Definition layers_well_formed (S : layer_setting) (P : list layer_parameters) : bool :=
  negb (Nat.eqb (length (knots S)) 0) && increasing (knots S)
  && Nat.eqb (length (piece_slopes S)) (1 + length (knots S))
  && rows_of_length (feature_count S) (features_x S)
  && rows_of_length (label_count S) (labels_y S)
  && Nat.eqb (length (labels_y S)) (length (features_x S))
  && match huber_delta S with Some delta => is_positive delta | None => true end
  && is_positive (loss_factor S)
  && Nat.leb 2 (length P) && fitting (feature_count S) P (label_count S).

Section LayerClaims.
Variables (S : layer_setting) (P : list layer_parameters).
Let p := layer_problem_of S. Let P0 := layers_of P.

(** The loss at P has this value. *)
Definition layers_loss_is (value : Q) : Prop := layers_loss p P0 = Q2R value.

(** P is a local minimum. *)
Definition layers_is_local_minimum : Prop := layers_local_minimum p P0.

(** P is a local minimum, and another network of the same shape has a strictly lower loss. *)
Definition layers_is_spurious (value : Q) (better : list layer_parameters) (better_value : Q)
    : Prop :=
  layers_local_minimum p P0 /\ layers_loss p P0 = Q2R value
  /\ same_sizes P0 (layers_of better)
  /\ layers_loss p (layers_of better) = Q2R better_value /\ Q2R better_value < Q2R value.

(** [last] is another network of the same shape, and every network of the segment from P to it is a
    local minimum with the loss of P. *)
Definition layers_constant_segment (last : list layer_parameters) : Prop :=
  same_sizes P0 (layers_of last)
  /\ ~ (forall eps, 0 < eps -> layers_near p eps P0 (layers_of last))
  /\ forall t, 0 <= t <= 1 -> layers_local_minimum p (between t P0 (layers_of last))
       /\ layers_loss p (between t P0 (layers_of last)) = layers_loss p P0.

(** P is a local minimum, and the networks near P with the loss of P, all of them local minima, form
    a manifold of this dimension. *)
Definition layers_valley (dimension : nat) : Prop :=
  layers_local_minimum p P0
  /\ manifold_near p P0 (fun Q => layers_loss p Q = layers_loss p P0) dimension
  /\ exists eps, 0 < eps /\ forall Q, layers_near p eps P0 Q ->
       layers_loss p Q = layers_loss p P0 -> layers_local_minimum p Q.
End LayerClaims.
