(** The claims of certificates: rational data, and what a claim says about them.

    Together with [Definitions] this is all that has to be read to trust a certificate. *)
From Coq Require Import QArith Qreals Reals String Ascii List Bool.
From Exactland Require Import Definitions.
Import ListNotations.
Local Open Scope R_scope.

(** The data and the loss, as in a problem file. *)
Record setting := Setting {
  activation_slopes : Q * Q;          (* rho(t) = slope t, for t > 0 and for t <= 0 *)
  with_hidden_biases : bool;          (* then every x_k gets a last coordinate 1 *)
  with_output_bias : bool;
  input_dimension : nat;              (* without that coordinate *)
  output_dimension : nat;
  data_x : list (list Q);             (* N rows *)
  data_y : list (list Q);             (* N rows *)
  loss_scale : Q }.

(** A network, as in a problem file; [b] and [c] are [nil] where they are not parameters. *)
Record parameters := MakeParameters {
  par_w : list (list Q);              (* m rows *)
  par_b : list Q;
  par_v : list (list Q);              (* J rows of length m *)
  par_c : list Q }.

Definition entry (v : list Q) (a : nat) : R := Q2R (nth a v 0%Q).
Definition entry2 (M : list (list Q)) (k a : nat) : R := entry (nth k M []) a.

(** The bias coordinate comes last. *)
Definition augmented (S : setting) (row : list Q) (last : Q) : list Q :=
  if with_hidden_biases S then row ++ [last] else row.
Definition augmented_x (S : setting) : list (list Q) :=
  map (fun row => augmented S row 1) (data_x S).
Definition augmented_w (S : setting) (P : parameters) : list (list Q) :=
  map (fun i => augmented S (nth i (par_w P) []) (nth i (par_b P) 0%Q))
      (seq 0 (length (par_w P))).

Definition problem_of (S : setting) : problem := {|
  slope_plus := Q2R (fst (activation_slopes S)); slope_minus := Q2R (snd (activation_slopes S));
  inputs := (if with_hidden_biases S then 1 else 0) + input_dimension S;
  outputs := output_dimension S; points := length (data_x S);
  has_output_bias := with_output_bias S;
  input := entry2 (augmented_x S); target := entry2 (data_y S); scale := Q2R (loss_scale S) |}.
Definition network_of (S : setting) (P : parameters) : network := {|
  width := length (par_w P); w := entry2 (augmented_w S P);
  h := fun i j => entry2 (par_v P) j i; c := entry (par_c P) |}.

(** Every row has the length that belongs to it, and the scale is positive: no entry of the file
    is left out and none is read as zero because it is missing. *)
Definition rows_of_length (n : nat) (M : list (list Q)) : bool :=
  forallb (fun row => Nat.eqb (length row) n) M.
Definition well_formed (S : setting) (P : parameters) : bool :=
  rows_of_length (input_dimension S) (data_x S)
  && rows_of_length (output_dimension S) (data_y S)
  && Nat.eqb (length (data_y S)) (length (data_x S))
  && rows_of_length (input_dimension S) (par_w P)
  && Nat.eqb (length (par_b P)) (if with_hidden_biases S then length (par_w P) else 0)
  && rows_of_length (length (par_w P)) (par_v P)
  && Nat.eqb (length (par_v P)) (output_dimension S)
  && Nat.eqb (length (par_c P)) (if with_output_bias S then output_dimension S else 0)
  && Z.ltb 0 (Qnum (loss_scale S)).

Section Claims.
Variables (S : setting) (P : parameters).
Let p := problem_of S. Let P0 := network_of S P.

(** The loss at P has this value. *)
Definition loss_is (value : Q) : Prop := loss p P0 = Q2R value.

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

(** One neuron of a region: the signs of w_i . x_k (a string of + - 0), and how far the output
    weights may spread. *)
Inductive output_region := all_outputs | spread (delta : Q).
Definition region := list (string * output_region).
Definition has_sign (t : R) (s : ascii) : Prop :=
  if (s =? "+")%char then 0 < t else if (s =? "-")%char then t < 0
  else if (s =? "0")%char then t = 0 else False.
Definition has_signs (R0 : region) : Prop := length R0 = width P0 /\
  forall i k, (i < width P0)%nat -> (k < points p)%nat ->
    exists s, String.get k (fst (nth i R0 ("", all_outputs)%string)) = Some s
              /\ has_sign (dot p (w P0 i) (input p k)) s.
Definition spreads (R0 : region) (i : nat) : option R :=
  match snd (nth i R0 ("", all_outputs)%string) with
  | all_outputs => None | spread delta => Some (Q2R delta)
  end.

(** P is a local minimum: nothing in the region around P has a lower loss, and the region contains
    every network whose parameters all differ from those of P by at most the radius. *)
Definition is_local_minimum (radius : Q) (R0 : region) : Prop :=
  local_minimum p P0
  /\ has_signs R0
  /\ (forall Q, in_region p P0 (spreads R0) Q -> loss p P0 <= loss p Q)
  /\ 0 < Q2R radius
  /\ (forall Q, within p (Q2R radius) P0 Q -> in_region p P0 (spreads R0) Q).

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

(** P is a local minimum, and another network of the same shape has a strictly lower loss. *)
Definition is_spurious_local_minimum (radius : Q) (R0 : region) (value : Q)
    (better : parameters) (better_value : Q) : Prop :=
  is_local_minimum radius R0 /\ loss p P0 = Q2R value
  /\ width (network_of S better) = width P0
  /\ loss p (network_of S better) = Q2R better_value /\ Q2R better_value < Q2R value.
End Claims.
