(** What the theorems and the certificates speak about.  Everything that has to be read in order to
    trust them is in this file and in [Claims]; all other files are checked by the kernel.

    One hidden layer, rho(t) = slope_plus * t for t > 0 and slope_minus * t for t <= 0.  Vectors and
    matrices are functions of indices; only the indices below the stated sizes matter.  A hidden
    bias is an input weight: its data points carry a last coordinate 1. *)
From Coq Require Import Reals.
Local Open Scope R_scope.

Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => sum k f + f k end.

Definition vector := nat -> R.

(** The data and the loss. *)
Record problem := Problem {
  slope_plus : R; slope_minus : R;
  inputs : nat; outputs : nat; points : nat;          (* d (with the bias coordinate), J, N *)
  has_output_bias : bool;                             (* is c a parameter? *)
  input : nat -> vector; target : nat -> vector;      (* x_k, y_k *)
  scale : R }.

(** A point of the landscape (also used for directions and for gradients). *)
Record network := Network {
  width : nat;                                        (* m *)
  w : nat -> vector;                                  (* input weights w_i *)
  h : nat -> vector;                                  (* output weights h_i, column i of v *)
  c : vector }.                                       (* output bias *)

Section Landscape.
Variable p : problem.

Definition dot (u v : vector) : R := sum (inputs p) (fun a => u a * v a).
Definition rho (t : R) : R := if Rlt_dec 0 t then slope_plus p * t else slope_minus p * t.

(** f_P(x_k), e_k = f_P(x_k) - y_k, and L(P) = scale * sum_k |e_k|^2. *)
Definition prediction (P : network) (k j : nat) : R :=
  (if has_output_bias p then c P j else 0)
  + sum (width P) (fun i => h P i j * rho (dot (w P i) (input p k))).
Definition residual (P : network) (k j : nat) : R := prediction P k j - target p k j.
Definition loss (P : network) : R :=
  scale p * sum (points p) (fun k => sum (outputs p) (fun j => residual P k j ^ 2)).

(** Every parameter differs by less than eps (by at most r). *)
Definition compare (close : R -> Prop) (P Q : network) : Prop :=
  width Q = width P
  /\ (forall i a, (i < width P)%nat -> (a < inputs p)%nat -> close (Rabs (w Q i a - w P i a)))
  /\ (forall i j, (i < width P)%nat -> (j < outputs p)%nat -> close (Rabs (h Q i j - h P i j)))
  /\ (forall j, (j < outputs p)%nat -> close (Rabs (c Q j - c P j))).
Definition near (eps : R) : network -> network -> Prop := compare (fun t => t < eps).
Definition within (r : R) : network -> network -> Prop := compare (fun t => t <= r).

Definition local_minimum (P : network) : Prop :=
  exists eps, 0 < eps /\ forall Q, near eps P Q -> loss P <= loss Q.

(** The one-sided directional derivative of the loss at P along D. *)
Definition move (P D : network) (t : R) : network :=
  Network (width P) (fun i a => w P i a + t * w D i a) (fun i j => h P i j + t * h D i j)
          (fun j => c P j + t * c D j).
Definition has_derivative (P D : network) (l : R) : Prop :=
  forall eps, 0 < eps -> exists T, 0 < T /\
    forall t, 0 < t < T -> Rabs ((loss (move P D t) - loss P) / t - l) < eps.
Definition directionally_stationary (P : network) : Prop :=
  forall D, exists l, has_derivative P D l /\ 0 <= l.

(** psi_i(v): derivative of the loss in w_i along v, per unit of h_i; phi_i(v) = h_i . psi_i(v). *)
Definition drho (t s : R) : R :=
  if Rlt_dec 0 t then slope_plus p * s else if Rlt_dec t 0 then slope_minus p * s else rho s.
Definition psi (P : network) (i : nat) (v : vector) (j : nat) : R :=
  2 * scale p * sum (points p)
    (fun k => residual P k j * drho (dot (w P i) (input p k)) (dot v (input p k))).
Definition inner (u v : vector) : R := sum (outputs p) (fun j => u j * v j).
Definition phi (P : network) (i : nat) (v : vector) : R := inner (h P i) (psi P i v).
Definition escape_neuron (P : network) (i : nat) : Prop :=
  directionally_stationary P /\ (i < width P)%nat /\
  exists v, phi P i v = 0 /\ exists j, (j < outputs p)%nat /\ psi P i v j <> 0.

(** Clarke: 0 is a convex combination of limits of gradients. *)
Definition is_gradient (P G : network) : Prop := forall D,
  has_derivative P D (sum (width P) (fun i => dot (w G i) (w D i) + inner (h G i) (h D i))
                      + inner (c G) (c D)).
Definition limiting_gradient (P G : network) : Prop := width G = width P /\
  forall eps, 0 < eps -> exists Q G', near eps P Q /\ is_gradient Q G' /\ near eps G G'.
Definition clarke_stationary (P : network) : Prop :=
  exists n (mu : nat -> R) (G : nat -> network),
    (forall l, (l < n)%nat -> 0 <= mu l /\ limiting_gradient P (G l)) /\ sum n mu = 1
    /\ (forall i a, (i < width P)%nat -> (a < inputs p)%nat ->
          sum n (fun l => mu l * w (G l) i a) = 0)
    /\ (forall i j, (i < width P)%nat -> (j < outputs p)%nat ->
          sum n (fun l => mu l * h (G l) i j) = 0)
    /\ (forall j, (j < outputs p)%nat -> sum n (fun l => mu l * c (G l) j) = 0).

(** The region of a local minimum: the signs of w_i . x_k do not change to the opposite, and the
    output weights stay in the cone generated by h_i + delta e_j and h_i - delta e_j. *)
Definition compatible (t t' : R) : Prop := (0 < t -> 0 <= t') /\ (t < 0 -> t' <= 0).
Definition unit_vector (j l : nat) : R := if Nat.eqb j l then 1 else 0.
Definition in_cone (g : vector) (delta : R) (g' : vector) : Prop :=
  exists lambda mu : nat -> R,
    (forall j, (j < outputs p)%nat -> 0 <= lambda j /\ 0 <= mu j) /\
    (forall l, (l < outputs p)%nat -> g' l = sum (outputs p) (fun j =>
       lambda j * (g l + delta * unit_vector j l) + mu j * (g l - delta * unit_vector j l))).
(** [spread i = None] allows every h_i. *)
Definition in_region (P : network) (spread : nat -> option R) (Q : network) : Prop :=
  width Q = width P /\ forall i, (i < width P)%nat ->
    (forall k, (k < points p)%nat ->
       compatible (dot (w P i) (input p k)) (dot (w Q i) (input p k)))
    /\ match spread i with Some delta => in_cone (h P i) delta (h Q i) | None => True end.

(** No function of the input whatsoever has a lower loss: g k is the value at x_k. *)
Definition global_minimum (P : network) : Prop := forall g : nat -> vector,
  (forall k k', (k < points p)%nat -> (k' < points p)%nat ->
     (forall a, (a < inputs p)%nat -> input p k a = input p k' a) ->
     forall j, (j < outputs p)%nat -> g k j = g k' j) ->
  loss P <= scale p * sum (points p) (fun k => sum (outputs p) (fun j =>
              (g k j - target p k j) ^ 2)).
End Landscape.
