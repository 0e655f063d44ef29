(** The claims of certificates: the data, and what a claim says about them.

    Together with [Definitions] this is all that has to be read to trust a certificate. *)
From Coq Require Import QArith Qreals Reals String Ascii List Bool.
From Exactland Require Import Definitions.
Import ListNotations.
Local Open Scope R_scope.

(** Numbers as a file has them, and the real numbers that they mean: rational numbers here, the
    elements of a number field in [FieldClaims]. *)
Class numbers (K : Type) := Numbers { real : K -> R; zero : K; one : K }.
#[global] Instance rational_numbers : numbers Q := {| real := Q2R; zero := 0%Q; one := 1%Q |}.

(** The data and the loss, as in a problem file. *)
Record setting_over (K : Type) := Setting {
  activation_slopes : K * K;          (* rho(t) = slope t, for t > 0 and for t <= 0 *)
  with_hidden_biases : bool;          (* then every x_k gets a last coordinate 1 *)
  with_output_bias : bool;
  input_dimension : nat;              (* without that coordinate *)
  output_dimension : nat;
  data_x : list (list K);             (* N rows *)
  data_y : list (list K);             (* N rows *)
  loss_scale : K }.
Notation setting := (setting_over Q).

(** A network, as in a problem file; [b] and [c] are [nil] where they are not parameters. *)
Record parameters_over (K : Type) := MakeParameters {
  par_w : list (list K);              (* m rows *)
  par_b : list K;
  par_v : list (list K);              (* J rows of length m *)
  par_c : list K }.
Notation parameters := (parameters_over Q).

(** How far the output weights of a neuron may spread in a region; a region gives for every neuron
    the signs of w_i . x_k (a string of + - 0), and that. *)
Inductive output_region_over (K : Type) := all_outputs | spread (delta : K).
Notation output_region := (output_region_over Q).
Definition region_over (K : Type) : Type := list (string * output_region_over K).
Notation region := (region_over Q).

Arguments Setting {K}. Arguments activation_slopes {K}. Arguments with_hidden_biases {K}.
Arguments with_output_bias {K}. Arguments input_dimension {K}. Arguments output_dimension {K}.
Arguments data_x {K}. Arguments data_y {K}. Arguments loss_scale {K}.
Arguments MakeParameters {K}. Arguments par_w {K}. Arguments par_b {K}. Arguments par_v {K}.
Arguments par_c {K}. Arguments all_outputs {K}. Arguments spread {K}.

Section Claims.
Context {K : Type} {meaning : numbers K}.
Definition entry (v : list K) (a : nat) : R := real (nth a v zero).
Definition entry2 (M : list (list K)) (k a : nat) : R := entry (nth k M []) a.

(** The bias coordinate comes last. *)
Definition augmented (S : setting_over K) (row : list K) (last : K) : list K :=
  if with_hidden_biases S then row ++ [last] else row.
Definition augmented_x (S : setting_over K) : list (list K) :=
  map (fun row => augmented S row one) (data_x S).
Definition augmented_w (S : setting_over K) (P : parameters_over K) : list (list K) :=
  map (fun i => augmented S (nth i (par_w P) []) (nth i (par_b P) zero))
      (seq 0 (length (par_w P))).

Definition problem_of (S : setting_over K) : problem := {|
  slope_plus := real (fst (activation_slopes S)); slope_minus := real (snd (activation_slopes S));
  inputs := (if with_hidden_biases S then 1 else 0) + input_dimension S;
  outputs := output_dimension S; points := length (data_x S);
  has_output_bias := with_output_bias S;
  input := entry2 (augmented_x S); target := entry2 (data_y S); scale := real (loss_scale S) |}.
Definition network_of (S : setting_over K) (P : parameters_over K) : network := {|
  width := length (par_w P); w := entry2 (augmented_w S P);
  h := fun i j => entry2 (par_v P) j i; c := entry (par_c P) |}.

(** Every row has the length that belongs to it: no entry of the file is left out and none is read
    as zero because it is missing. *)
Definition rows_of_length (n : nat) (M : list (list K)) : bool :=
  forallb (fun row => Nat.eqb (length row) n) M.
Definition well_shaped (S : setting_over K) (P : parameters_over K) : bool :=
  rows_of_length (input_dimension S) (data_x S)
  && rows_of_length (output_dimension S) (data_y S)
  && Nat.eqb (length (data_y S)) (length (data_x S))
  && rows_of_length (input_dimension S) (par_w P)
  && Nat.eqb (length (par_b P)) (if with_hidden_biases S then length (par_w P) else 0)
  && rows_of_length (length (par_w P)) (par_v P)
  && Nat.eqb (length (par_v P)) (output_dimension S)
  && Nat.eqb (length (par_c P)) (if with_output_bias S then output_dimension S else 0).

Variables (S : setting_over K) (P : parameters_over K).
Let p := problem_of S. Let P0 := network_of S P.

(** The loss at P has this value. *)
Definition loss_is (value : K) : Prop := loss p P0 = real value.

(** No directional derivative of the loss at P is negative. *)
Definition is_directionally_stationary : Prop := directionally_stationary p P0.

(** Some directional derivative of the loss at P is negative. *)
Definition is_not_directionally_stationary : Prop :=
  exists D l, has_derivative p P0 D l /\ l < 0.

(** Zero lies, or does not lie, in the Clarke subdifferential of the loss at P. *)
Definition is_clarke_stationary : Prop := clarke_stationary p P0.
Definition is_not_clarke_stationary : Prop := ~ clarke_stationary p P0.

(** P is directionally stationary and neuron i is an escape neuron. *)
Definition is_escape_neuron (i : nat) : Prop := escape_neuron p P0 i.

Definition has_sign (t : R) (s : ascii) : Prop :=
  if (s =? "+")%char then 0 < t else if (s =? "-")%char then t < 0
  else if (s =? "0")%char then t = 0 else False.
Definition has_signs (R0 : region_over K) : Prop := length R0 = width P0 /\
  forall i k, (i < width P0)%nat -> (k < points p)%nat ->
    exists s, String.get k (fst (nth i R0 ("", all_outputs)%string)) = Some s
              /\ has_sign (dot p (w P0 i) (input p k)) s.
Definition spreads (R0 : region_over K) (i : nat) : option R :=
  match snd (nth i R0 ("", all_outputs)%string) with
  | all_outputs => None | spread delta => Some (real delta)
  end.

(** P is a local minimum: nothing in the region around P has a lower loss, and the region contains
    every network whose parameters all differ from those of P by at most the radius. *)
Definition is_local_minimum (radius : K) (R0 : region_over K) : Prop :=
  local_minimum p P0
  /\ has_signs R0
  /\ (forall Q, in_region p P0 (spreads R0) Q -> loss p P0 <= loss p Q)
  /\ 0 < real radius
  /\ (forall Q, within p (real radius) P0 Q -> in_region p P0 (spreads R0) Q).

(** P is a local minimum: no network whose parameters are all near those of P has a lower loss. *)
Definition is_a_local_minimum : Prop := local_minimum p P0.

(** P is not a local minimum. *)
Definition is_not_local_minimum : Prop := ~ local_minimum p P0.

(** No function of the input has a lower loss than P. *)
Definition is_global_minimum : Prop := global_minimum p P0.

(** A cell: for every neuron the sides, a string of + and -, on which the w_i . x_k lie.  Its
    boundary belongs to it, and it allows every h_i and c. *)
Definition on_side (t : R) (s : ascii) : Prop :=
  if (s =? "+")%char then 0 <= t else if (s =? "-")%char then t <= 0 else False.
Definition in_closed_cell (cell : list string) (Q : network) : Prop :=
  width Q = width P0 /\ length cell = width P0 /\
  forall i k, (i < width P0)%nat -> (k < points p)%nat ->
    exists s, String.get k (nth i cell ""%string) = Some s
              /\ on_side (dot p (w Q i) (input p k)) s.

(** P lies in the closed cell, and no network of the closed cell has a lower loss. *)
Definition is_cell_global_minimum (cell : list string) : Prop :=
  in_closed_cell cell P0 /\ forall Q, in_closed_cell cell Q -> loss p P0 <= loss p Q.

(** Another network of the same shape has a strictly lower loss. *)
Definition has_better (value : K) (better : parameters_over K) (better_value : K) : Prop :=
  loss p P0 = real value /\ width (network_of S better) = width P0
  /\ loss p (network_of S better) = real better_value /\ real better_value < real value.

(** P is a local minimum (with region and radius, or without), and another network is better. *)
Definition is_spurious_local_minimum (radius : K) (R0 : region_over K) (value : K)
    (better : parameters_over K) (better_value : K) : Prop :=
  is_local_minimum radius R0 /\ has_better value better better_value.
Definition is_a_spurious_local_minimum (value : K) (better : parameters_over K) (better_value : K) :
  Prop := is_a_local_minimum /\ has_better value better better_value.
End Claims.
