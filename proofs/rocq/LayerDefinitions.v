(** What the theorems and the certificates about networks given by layers speak about.  This file
    and [LayerClaims] are all that has to be read to trust them.

    f = layer_p o rho o layer_(p-1) o ... o rho o layer_0, with a continuous piecewise-linear rho;
    every layer maps a to W a + b, and L = scale * sum_k sum_j H(f_j(x_k) - y_kj). *)
From Coq Require Import Reals List.
From Exactland Require Import Definitions.
Import ListNotations.
Local Open Scope R_scope.

(** The function through (knot, height) whose slope is [slope] up to the first of the [later]
    knots, and after each of these the one given with it. *)
Fixpoint piecewise (knot height slope : R) (later : list (R * R)) (t : R) : R :=
  match later with
  | [] => height + slope * (t - knot)
  | (knot', slope') :: later' =>
      if Rlt_dec knot' t
      then piecewise knot' (height + slope * (knot' - knot)) slope' later' t
      else height + slope * (t - knot)
  end.

(** H(t) = t^2, or Huber's: 2 delta |t| - delta^2 where |t| > delta. *)
Definition penalty (huber : option R) (t : R) : R :=
  match huber with
  | Some delta => if Rlt_dec delta (Rabs t) then 2 * delta * Rabs t - delta ^ 2 else t ^ 2
  | None => t ^ 2
  end.

(** A layer, and a point of the landscape: hidden layers, then the output layer. *)
Record layer := Layer { rows : nat; weight : nat -> vector; bias : vector }.
Definition layers := list layer.

Record layer_problem := LayerProblem {
  activation : R -> R;
  features : nat; data_points : nat; labels : nat;    (* d, N, J *)
  feature : nat -> vector; label : nat -> vector;     (* x_k, y_k *)
  huber : option R;
  factor : R }.                                       (* scale *)

(** The point (1 - t) P + t Q of the segment between two networks of one shape. *)
Definition layer_between (t : R) (ll : layer * layer) : layer := {|
  rows := rows (fst ll);
  weight := fun i q => (1 - t) * weight (fst ll) i q + t * weight (snd ll) i q;
  bias := fun i => (1 - t) * bias (fst ll) i + t * bias (snd ll) i |}.
Definition between (t : R) (P Q : layers) : layers := map (layer_between t) (combine P Q).

Section Landscape.
Variable p : layer_problem.

(** A layer, and all layers, applied to a vector a of length n. *)
Definition affine (n : nat) (l : layer) (a : vector) : vector :=
  fun i => sum n (fun q => weight l i q * a q) + bias l i.
Fixpoint run (n : nat) (P : layers) (a : vector) : vector :=
  match P with
  | [] => a
  | [l] => affine n l a
  | l :: P' => run (rows l) P' (fun i => activation p (affine n l a i))
  end.

Definition output_of (P : layers) (k : nat) : vector := run (features p) P (feature p k).
Definition layers_loss (P : layers) : R :=
  factor p * sum (data_points p) (fun k => sum (labels p) (fun j =>
    penalty (huber p) (output_of P k j - label p k j))).

(** The same sizes; and every weight and bias differs by less than eps. *)
Definition same_sizes (P Q : layers) : Prop := map rows Q = map rows P.
Fixpoint all_close (eps : R) (n : nat) (P Q : layers) : Prop :=
  match P, Q with
  | l :: P', l' :: Q' =>
      (forall i, (i < rows l)%nat -> (forall q, (q < n)%nat ->
         Rabs (weight l' i q - weight l i q) < eps) /\ Rabs (bias l' i - bias l i) < eps)
      /\ all_close eps (rows l) P' Q'
  | _, _ => True
  end.
Definition layers_near (eps : R) (P Q : layers) : Prop :=
  same_sizes P Q /\ all_close eps (features p) P Q.

Definition layers_local_minimum (P : layers) : Prop :=
  exists eps, 0 < eps /\ forall Q, layers_near eps P Q -> layers_loss P <= layers_loss Q.
End Landscape.

(** The parameters of a network, with the layer (counted from [l]), the row and the column. *)
Inductive parameter := Weight (l i q : nat) | Bias (l i : nat).
Fixpoint parameters_from (l n : nat) (P : layers) : list parameter :=
  match P with
  | [] => []
  | a :: P' => flat_map (fun i => Bias l i :: map (Weight l i) (seq 0 n)) (seq 0 (rows a))
               ++ parameters_from (S l) (rows a) P'
  end.
Definition value_of (P : layers) (c : parameter) : R :=
  let at_layer l := nth l P (Layer 0 (fun _ _ => 0) (fun _ => 0)) in
  match c with Weight l i q => weight (at_layer l) i q | Bias l i => bias (at_layer l) i end.

(** Rational functions of parameters: their values, the parameters in them, and their poles. *)
Inductive rational_function :=
  | Number (r : R) | Param (c : parameter) | Plus (f g : rational_function)
  | Times (f g : rational_function) | Inverse (f : rational_function).
Fixpoint evaluated_at (at_parameter : parameter -> R) (f : rational_function) : R :=
  match f with
  | Number r => r
  | Param c => at_parameter c
  | Plus f g => evaluated_at at_parameter f + evaluated_at at_parameter g
  | Times f g => evaluated_at at_parameter f * evaluated_at at_parameter g
  | Inverse f => / evaluated_at at_parameter f
  end.
Fixpoint uses_only (allowed : parameter -> Prop) (f : rational_function) : Prop :=
  match f with
  | Number _ => True
  | Param c => allowed c
  | Plus f g | Times f g => uses_only allowed f /\ uses_only allowed g
  | Inverse f => uses_only allowed f
  end.
Fixpoint no_pole (at_parameter : parameter -> R) (f : rational_function) : Prop :=
  match f with
  | Number _ | Param _ => True
  | Plus f g | Times f g => no_pole at_parameter f /\ no_pole at_parameter g
  | Inverse f => no_pole at_parameter f /\ evaluated_at at_parameter f <> 0
  end.

(** Near P the networks of a set are those where some parameters are rational functions, without
    poles there, of the [dimension] other ones: a smooth manifold of that dimension. *)
Definition manifold_near (p : layer_problem) (P : layers) (member : layers -> Prop) (dimension : nat)
    : Prop :=
  let all := parameters_from 0 (features p) P in
  exists solved : list (parameter * rational_function),
    NoDup (map fst solved) /\ (dimension + length solved)%nat = length all
    /\ (forall c f, In (c, f) solved -> In c all
          /\ uses_only (fun c' => In c' all /\ ~ In c' (map fst solved)) f)
    /\ exists eps, 0 < eps /\ forall Q, layers_near p eps P Q ->
         (forall c f, In (c, f) solved -> no_pole (value_of Q) f)
         /\ (member Q <-> forall c f, In (c, f) solved -> value_of Q c = evaluated_at (value_of Q) f).
