(** What the theorems and the certificates about an integral loss speak about, from the Riemann
    integral on.  This file and [IntegralClaims] are all that has to be read to trust them.

    One hidden layer, one input, one output: f(x) = c + sum_j v_j rho(w_j x + b_j) with
    rho(t) = slope_plus * t for t > 0 and slope_minus * t for t <= 0, and the loss
    L = int_{T0}^{T1} (f(x) - target(x))^2 density(x) dx. *)
From Coq Require Import Reals List.
From Exactland Require Import Definitions.
Import ListNotations.
Local Open Scope R_scope.

(** The Riemann integral, by tagged divisions a <= s_1 <= t_1 <= s_2 <= t_2 <= ... <= b: all Riemann
    sums of sufficiently fine divisions are close to the value. *)
Fixpoint riemann_sum (f : R -> R) (a : R) (l : list (R * R)) : R :=
  match l with [] => 0 | (s, t) :: l' => f s * (t - a) + riemann_sum f t l' end.
Fixpoint fine_division (delta a : R) (l : list (R * R)) (b : R) : Prop :=
  match l with
  | [] => a = b
  | (s, t) :: l' => a <= s <= t /\ t - a < delta /\ fine_division delta t l' b
  end.
Definition integral (f : R -> R) (a b value : R) : Prop :=
  forall eps, 0 < eps -> exists delta, 0 < delta /\
    forall l, fine_division delta a l b -> Rabs (riemann_sum f a l - value) < eps.

(** A polynomial, by its coefficients, the constant one first. *)
Fixpoint polynomial (f : list R) (x : R) : R :=
  match f with [] => 0 | a :: f' => a + x * polynomial f' x end.

Record integral_problem := IntegralProblem {
  above : R; below : R;                       (* the slopes of rho, for t > 0 and for t <= 0 *)
  lower : R; upper : R;                       (* T0, T1 *)
  curve_target : list R; density : list R;    (* polynomials *)
  free_biases : bool; free_shift : bool }.    (* are b and c parameters? *)

(** A point of the landscape, or a direction. *)
Record scalar_network := ScalarNetwork {
  neurons : nat;
  weight : nat -> R; bias : nat -> R; height : nat -> R;       (* w_j, b_j, v_j *)
  shift : R }.                                                 (* c *)

Section IntegralLandscape.
Variable p : integral_problem.

Definition activation (t : R) : R := if Rlt_dec 0 t then above p * t else below p * t.
Definition preactivation (P : scalar_network) (j : nat) (x : R) : R := weight P j * x + bias P j.
Definition output (P : scalar_network) (x : R) : R :=
  shift P + sum (neurons P) (fun j => height P j * activation (preactivation P j x)).
Definition error (P : scalar_network) (x : R) : R := output P x - polynomial (curve_target p) x.
Definition integral_loss (P : scalar_network) (value : R) : Prop :=
  integral (fun x => error P x ^ 2 * polynomial (density p) x) (lower p) (upper p) value.

(** A network of the same shape; and one every parameter of which differs by at most r. *)
Definition same_shape (P Q : scalar_network) : Prop :=
  neurons Q = neurons P
  /\ (free_biases p = false -> forall j, (j < neurons P)%nat -> bias Q j = bias P j)
  /\ (free_shift p = false -> shift Q = shift P).
Definition within_distance (r : R) (P Q : scalar_network) : Prop :=
  same_shape P Q
  /\ (forall j, (j < neurons P)%nat -> Rabs (weight Q j - weight P j) <= r
        /\ Rabs (bias Q j - bias P j) <= r /\ Rabs (height Q j - height P j) <= r)
  /\ Rabs (shift Q - shift P) <= r.

Definition integral_local_minimum (P : scalar_network) : Prop :=
  exists r, 0 < r /\ forall Q, within_distance r P Q ->
    forall l l', integral_loss P l -> integral_loss Q l' -> l <= l'.
Definition integral_local_maximum (P : scalar_network) : Prop :=
  exists r, 0 < r /\ forall Q, within_distance r P Q ->
    forall l l', integral_loss P l -> integral_loss Q l' -> l' <= l.

(** The one-sided directional derivative of the loss at P along D. *)
Definition advance (P D : scalar_network) (t : R) : scalar_network :=
  ScalarNetwork (neurons P) (fun j => weight P j + t * weight D j)
    (fun j => bias P j + (if free_biases p then t * bias D j else 0))
    (fun j => height P j + t * height D j)
    (shift P + if free_shift p then t * shift D else 0).
Definition loss_derivative (P D : scalar_network) (value : R) : Prop :=
  forall eps, 0 < eps -> exists T, 0 < T /\ forall t, 0 < t < T ->
    forall l l', integral_loss P l -> integral_loss (advance P D t) l' ->
      Rabs ((l' - l) / t - value) < eps.
Definition integral_stationary (P : scalar_network) : Prop :=
  forall D, exists value, loss_derivative P D value /\ 0 <= value.

(** The loss is differentiable at P with gradient zero. *)
Definition integral_critical (P : scalar_network) : Prop :=
  forall eps, 0 < eps -> exists r, 0 < r /\ forall d Q, 0 < d < r -> within_distance d P Q ->
    forall l l', integral_loss P l -> integral_loss Q l' -> Rabs (l' - l) <= eps * d.

(** Clarke: zero is a convex combination of limits of gradients. *)
Definition loss_gradient (P G : scalar_network) : Prop := forall D, loss_derivative P D
  (sum (neurons P) (fun j => weight G j * weight D j + height G j * height D j
                             + if free_biases p then bias G j * bias D j else 0)
   + if free_shift p then shift G * shift D else 0).
Definition limit_of_gradients (P G : scalar_network) : Prop := neurons G = neurons P /\
  forall r, 0 < r -> exists Q G', within_distance r P Q /\ loss_gradient Q G' /\ within_distance r G G'.
Definition integral_clarke (P : scalar_network) : Prop :=
  exists n (mu : nat -> R) (G : nat -> scalar_network),
    (forall l, (l < n)%nat -> 0 <= mu l /\ limit_of_gradients P (G l)) /\ sum n mu = 1
    /\ (forall j, (j < neurons P)%nat -> sum n (fun l => mu l * weight (G l) j) = 0
          /\ sum n (fun l => mu l * bias (G l) j) = 0
          /\ sum n (fun l => mu l * height (G l) j) = 0)
    /\ sum n (fun l => mu l * shift (G l)) = 0.

(** No network of the same shape has a lower loss. *)
Definition integral_global_minimum (P : scalar_network) : Prop :=
  forall Q l l', same_shape P Q -> integral_loss P l -> integral_loss Q l' -> l <= l'.
End IntegralLandscape.
