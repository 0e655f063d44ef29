(** Claims about the networks of least loss in a cell of activation patterns.

    With [Definitions] and [Claims] this is all that has to be read to trust such a certificate. *)
From Coq Require Import Reals.
From Exactland Require Import Definitions Claims.
Local Open Scope R_scope.

(** Parts of a set of networks of one shape. *)
Section Sets.
Variable p : problem.
(** A continuous path in the set from Q to Q'. *)
Definition joined (set : network -> Prop) (Q Q' : network) : Prop :=
  exists path : R -> network,
    within p 0 Q (path 0) /\ within p 0 Q' (path 1)
    /\ (forall t, 0 <= t <= 1 -> set (path t))
    /\ forall t eps, 0 <= t <= 1 -> 0 < eps -> exists delta, 0 < delta /\
         forall s, 0 <= s <= 1 -> Rabs (s - t) < delta -> near p eps (path t) (path s).
(** A part that is not empty, path-connected, and open in the set.  Where a set consists of disjoint
    parts of this kind, they are its connected components. *)
Definition connected_open_part (set part : network -> Prop) : Prop :=
  (exists Q, part Q) /\ (forall Q Q', part Q -> part Q' -> joined part Q Q') /\
  forall Q, part Q -> set Q /\ exists eps, 0 < eps /\ forall Q', near p eps Q Q' -> set Q' -> part Q'.
End Sets.
(** The two neurons exchanged. *)
Definition exchanged (Q : network) : network :=
  Network (width Q) (fun i => w Q (1 - i)) (fun i => h Q (1 - i)) (c Q).

Section Claims.
Context {K : Type} {meaning : numbers K}.
Variables (S : setting_over K) (P : parameters_over K).
Let p := problem_of S. Let P0 := network_of S P.

(** Q is in the open cell of P, or in its closure: every w_i . x_k has the strict sign that it has at
    P, where x_k is not zero; or not the opposite one. *)
Definition in_open_cell (Q : network) : Prop := width Q = width P0 /\
  forall i k, (i < width P0)%nat -> (k < points p)%nat ->
    0 < dot p (w P0 i) (input p k) * dot p (w Q i) (input p k)
    \/ forall a, (a < inputs p)%nat -> input p k a = 0.
Definition in_closed_cell_of_P (Q : network) : Prop := width Q = width P0 /\
  forall i k, (i < width P0)%nat -> (k < points p)%nat ->
    0 <= dot p (w P0 i) (input p k) * dot p (w Q i) (input p k).
Definition is_cell_minimum : Prop :=
  in_open_cell P0 /\ forall Q, in_closed_cell_of_P Q -> loss p P0 <= loss p Q.
Definition minimal_in_open_cell (Q : network) : Prop := in_open_cell Q /\ loss p Q = loss p P0.

(** Both neurons of P lie in one open cell of a single neuron, P is of least loss in the closed cell,
    and the networks of least loss in the open cell form two connected components, which
    exchanging the neurons exchanges. *)
Definition has_two_components_in_cell : Prop :=
  width P0 = 2%nat
  /\ (forall k, (k < points p)%nat ->
        0 < dot p (w P0 0) (input p k) * dot p (w P0 1) (input p k)
        \/ forall a, (a < inputs p)%nat -> input p k a = 0)
  /\ is_cell_minimum
  /\ exists one other : network -> Prop,
       connected_open_part p minimal_in_open_cell one
       /\ connected_open_part p minimal_in_open_cell other
       /\ (forall Q, minimal_in_open_cell Q -> one Q \/ other Q)
       /\ (forall Q, ~ (one Q /\ other Q))
       /\ forall Q, one Q <-> other (exchanged Q).
End Claims.
