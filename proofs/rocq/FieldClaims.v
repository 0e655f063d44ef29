(** The numbers of a real number field Q(alpha), and claims whose numbers lie in one.

    A certificate over a number field is read like any other: [Definitions], [Claims], and this. *)
From Coq Require Import QArith Qreals Reals List.
From Exactland Require Import Claims.
Import ListNotations.
Local Open Scope R_scope.

(** A polynomial with rational coefficients, lowest first, at t. *)
Fixpoint evaluate (f : list Q) (t : R) : R :=
  match f with [] => 0 | a :: f' => Q2R a + t * evaluate f' t end.

(** The field Q(alpha): alpha is the root of the polynomial in the interval. *)
Record field := Field { minimal_polynomial : list Q; root_between : Q * Q }.
Definition is_root (F : field) (alpha : R) : Prop :=
  Q2R (fst (root_between F)) <= alpha <= Q2R (snd (root_between F))
  /\ evaluate (minimal_polynomial F) alpha = 0.

(** The number [a; b; c] of the field is a + b alpha + c alpha^2. *)
Definition number := list Q.
Definition numbers_at (alpha : R) : numbers number :=
  {| real := fun a => evaluate a alpha; zero := []; one := [1%Q] |}.
Notation field_setting := (setting_over number).
Notation field_parameters := (parameters_over number).
Notation field_region := (region_over number).

(** The polynomial has exactly one root in the interval, and the claim holds for alpha this root. *)
Definition over_field (F : field) (claim : numbers number -> Prop) : Prop :=
  exists alpha, unique (is_root F) alpha /\ claim (numbers_at alpha).
Notation "'over' F , claim" := (over_field F (fun _ : numbers number => claim)) (at level 200).
