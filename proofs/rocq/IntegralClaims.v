(** The claims of certificates about an integral loss: rational data, and what a claim says.

    Together with [IntegralDefinitions] this is all that has to be read to trust one. *)
From Coq Require Import QArith Qreals Reals List Bool.
From Exactland Require Import Definitions IntegralDefinitions.
Import ListNotations.
Local Open Scope R_scope.

(** The loss int (f(x) - target(x))^2 scale * weight(x) dx over the interval, as in a problem file. *)
Record integral_setting := IntegralSetting {
  slopes : Q * Q;                     (* rho(t) = slope t, for t > 0 and for t <= 0 *)
  interval : Q * Q;                   (* T0, T1 *)
  target_polynomial : list Q;         (* the constant coefficient first *)
  weight_polynomial : list Q;
  integral_scale : Q;
  biases_are_parameters : bool;
  shift_is_parameter : bool }.

(** A network, as in a problem file; [biases] is [nil], and [output_shift] 0, where they are absent. *)
Record scalar_parameters := ScalarParameters {
  weights : list Q; biases : list Q; heights : list Q; output_shift : Q }.

Definition at_index (v : list Q) (j : nat) : R := Q2R (nth j v 0%Q).
Definition integral_problem_of (S : integral_setting) : integral_problem := {|
  above := Q2R (fst (slopes S)); below := Q2R (snd (slopes S));
  lower := Q2R (fst (interval S)); upper := Q2R (snd (interval S));
  curve_target := map Q2R (target_polynomial S);
  density := map (fun a => Q2R (integral_scale S) * Q2R a) (weight_polynomial S);
  free_biases := biases_are_parameters S; free_shift := shift_is_parameter S |}.
Definition scalar_network_of (P : scalar_parameters) : scalar_network := {|
  neurons := length (weights P); weight := at_index (weights P); bias := at_index (biases P);
  height := at_index (heights P); shift := Q2R (output_shift P) |}.

(** No entry is read as zero because it is missing; the interval is not empty. *)
Definition well_shaped (S : integral_setting) (P : scalar_parameters) : bool :=
  Nat.eqb (length (biases P)) (if biases_are_parameters S then length (weights P) else 0)
  && Nat.eqb (length (heights P)) (length (weights P))
  && (shift_is_parameter S || Qeq_bool (output_shift P) 0)
  && negb (Qle_bool (snd (interval S)) (fst (interval S)))
  && negb (Qle_bool (integral_scale S) 0).

Section IntegralClaims.
Variables (S : integral_setting) (P : scalar_parameters).
Let p := integral_problem_of S. Let P0 := scalar_network_of P.

(** The loss at P has this value. *)
Definition integral_loss_is (value : Q) : Prop := integral_loss p P0 (Q2R value).

(** The loss is differentiable at P, and its gradient there is zero. *)
Definition integral_is_critical : Prop := integral_critical p P0.
Definition integral_is_not_critical : Prop := ~ integral_critical p P0.

(** No one-sided directional derivative of the loss at P is negative; some is. *)
Definition integral_is_stationary : Prop := integral_stationary p P0.
Definition integral_is_not_stationary : Prop :=
  exists D value, loss_derivative p P0 D value /\ value < 0.

(** Zero lies in the Clarke subdifferential of the loss at P. *)
Definition integral_is_clarke_stationary : Prop := integral_clarke p P0.

(** P is stationary, and neither a local minimum nor a local maximum. *)
Definition integral_is_saddle : Prop :=
  integral_stationary p P0 /\ ~ integral_local_minimum p P0 /\ ~ integral_local_maximum p P0.

(** No network near P, or none at all, of the same shape has a lower loss. *)
Definition integral_is_local_minimum : Prop := integral_local_minimum p P0.
Definition integral_is_global_minimum : Prop := integral_global_minimum p P0.

(** P is a local minimum, and another network of the same shape has a strictly lower loss. *)
Definition integral_is_spurious (value : Q) (better : scalar_parameters) (better_value : Q) : Prop :=
  integral_local_minimum p P0 /\ integral_loss p P0 (Q2R value)
  /\ same_shape p P0 (scalar_network_of better)
  /\ integral_loss p (scalar_network_of better) (Q2R better_value)
  /\ Q2R better_value < Q2R value.
End IntegralClaims.
