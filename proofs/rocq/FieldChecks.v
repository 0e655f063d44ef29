(** Checkers over any exact arithmetic, used for number fields, and their soundness: the loss, the
    one-sided derivatives, stationarity, escape neurons, minima with a region, global minima.

    They follow the definitions over the real numbers word for word; there are no denominators. *)
From Coq Require Import Reals String Ascii Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims Integers Functional
  GlobalMinimum CellMinimum Arithmetic.
Import ListNotations.

(** The linear part of a one-sided derivative, and the coefficient of |v . x_q| for each datum. *)
Record derivative (K : Type) := Derivative { linear_part : nat -> K; kink : nat -> K }.
Arguments Derivative {K}. Arguments linear_part {K}. Arguments kink {K}.

(** Proofs by cases that a derivative is nonnegative; a leaf holds multipliers of data. *)
Inductive field_tree (L : Type) := FieldLeaf (multipliers : list (nat * L))
  | FieldBranch (q : nat) (positive_part negative_part : field_tree L).
Arguments FieldLeaf {L}. Arguments FieldBranch {L}.

(** A direction: the change of w_i and of h_i for some neurons, and that of c. *)
Record field_direction (L : Type) := FieldDirection {
  field_moved : list (nat * (list L * list L)); field_moved_bias : list L }.
Arguments field_moved {L}. Arguments field_moved_bias {L}.

Section Checkers.
Context {L : Type} (A : arithmetic L) (S : setting_over L) (P : parameters_over L).
Notation K := (carrier A).

Definition shape : numbers L :=
  {| real := fun _ => 0%R; zero := literal_zero A; one := literal_one A |}.
Definition size_d := ((if with_hidden_biases S then 1 else 0) + input_dimension S)%nat.
Notation d := size_d. Notation N := (length (data_x S)). Notation J := (output_dimension S).
Notation m := (length (par_w P)).
Definition entry_of (v : list L) (a : nat) : K := read A (nth a v (literal_zero A)).
Definition entry2_of (M : list (list L)) (k a : nat) : K := entry_of (nth k M []) a.

(** The numbers of the problem, w_i . x_k with its sign, rho of it, and e_kj. *)
Record point := Point {
  z_plus : K; z_minus : K; z_scale : K; z_x : nat -> nat -> K; z_h : nat -> nat -> K;
  z_t : nat -> nat -> K; z_sign : nat -> nat -> sign; z_act : nat -> nat -> K;
  z_e : nat -> nat -> K }.
Definition on_branch (z : point) (s : sign) (a : K) : K :=
  match s with Positive => mul (z_plus z) a | _ => mul (z_minus z) a end.
Definition prepared : point :=
  let plus := read A (fst (activation_slopes S)) in let minus := read A (snd (activation_slopes S)) in
  let x := tabulate2 nought N d (entry2_of (@augmented_x _ shape S)) in
  let w := tabulate2 nought m d (entry2_of (@augmented_w _ shape S P)) in
  let h := tabulate2 nought m J (fun i j => entry2_of (par_v P) j i) in
  let t := tabulate2 nought m N (fun i k => total d (fun a => mul (w i a) (x k a))) in
  let g := tabulate2 Undecided m N (fun i k => sign_of (t i k)) in
  let act := tabulate2 nought m N (fun i k =>
    match g i k with Positive => mul plus (t i k) | _ => mul minus (t i k) end) in
  let c := tabulate nought J (entry_of (par_c P)) in
  let e := tabulate2 nought N J (fun k j =>
    sub (add (if with_output_bias S then c j else nought) (total m (fun i => mul (h i j) (act i k))))
        (entry2_of (data_y S) k j)) in
  Point plus minus (read A (loss_scale S)) x h t g act e.
Definition point_ok (z : point) : bool :=
  well_shaped S P && is_positive (z_scale z) && all m (fun i => all N (fun k => decided (z_sign z i k))).
Definition with_point (check : point -> bool) : bool :=
  let z := prepared in point_ok z && check z.

Section Point.
Variable z : point.
Definition loss_of : K := mul (z_scale z) (total N (fun k => total J (fun j => mul (z_e z k j) (z_e z k j)))).

(** Psi(w_i) = 0, and sum_k e_k = 0 where c is a parameter. *)
Definition dual_sum (i j : nat) : K := total N (fun k => mul (z_e z k j) (z_act z i k)).
Definition residual_sum (j : nat) : K := total N (fun k => z_e z k j).
Definition bias_balanced : bool :=
  if with_output_bias S then all J (fun j => is_zero (residual_sum j)) else true.
Definition point_balanced : bool :=
  bias_balanced && all m (fun i => all J (fun j => is_zero (dual_sum i j))).

(** One-sided derivatives for output weights o: pull_k = scale * (o . e_k). *)
Definition pull_of (o : nat -> K) : nat -> K :=
  tabulate nought N (fun k => mul (z_scale z) (total J (fun j => mul (o j) (z_e z k j)))).
Definition along_x (u : nat -> K) (k : nat) : K := total d (fun a => mul (u a) (z_x z k a)).
Definition side_of (i : nat) (u : nat -> K) (k : nat) : sign :=
  match z_sign z i k with Zero => sign_of (along_x u k) | s => s end.
Definition sides_decided (i : nat) (u : nat -> K) : bool := all N (fun k => decided (side_of i u k)).
Definition derivative_at (i : nat) (o u : nat -> K) : K :=
  let pull := pull_of o in
  twice (total N (fun k => mul (pull k) (on_branch z (side_of i u k) (along_x u k)))).

(** Parallel data: x_k = ratio_k x_{q_k}; a datum 0 has the ratio 0. *)
Variable classes : list (nat * L).
Definition representative (k : nat) : nat := fst (nth k classes (0%nat, literal_zero A)).
Definition ratios : nat -> K :=
  tabulate nought N (fun k => read A (snd (nth k classes (0%nat, literal_zero A)))).
Definition classes_ok : bool :=
  let ratio := ratios in
  Nat.eqb (length classes) N && all N (fun k => Nat.ltb (representative k) N
    && decided (sign_of (ratio k))
    && all d (fun a => is_zero (sub (z_x z k a) (mul (ratio k) (z_x z (representative k) a))))).
Definition doubled (i k : nat) : K :=
  match z_sign z i k with Positive => twice (z_plus z) | Negative => twice (z_minus z) | _ => add (z_plus z) (z_minus z) end.
Definition at_kink (i q k : nat) : bool :=
  match z_sign z i k with Zero => Nat.eqb (representative k) q | _ => false end.
Definition derivative_of (i : nat) (o : nat -> K) : derivative K :=
  let pull := pull_of o in let ratio := ratios in let jump := sub (z_plus z) (z_minus z) in
  Derivative
    (tabulate nought d (fun a => total N (fun k => mul (mul (pull k) (doubled i k)) (z_x z k a))))
    (tabulate nought N (fun q => total N (fun k =>
       if at_kink i q k then mul (mul (pull k) (absolute (ratio k))) jump else nought))).

(** The kinks of neuron i belong to representatives. *)
Definition is_kink (i q : nat) : bool :=
  Nat.ltb q N && Nat.eqb (representative q) q && is_nonzero (ratios q)
  && match z_sign z i q with Zero => true | _ => false end.
Definition multiplier (ms : list (nat * L)) (q : nat) : K := read A (lookup (literal_zero A) q ms).
Fixpoint field_tree_ok (i : nat) (f : derivative K) (dec : list (nat * side)) (tr : field_tree L) : bool :=
  match tr with
  | FieldLeaf ms =>
      let mu := tabulate nought N (multiplier ms) in
      forallb (fun qa => is_kink i (fst qa)) ms
      && all N (fun q => let above := is_nonnegative (add (kink f q) (mu q)) in
           let below := is_nonnegative (sub (kink f q) (mu q)) in
           match lookup undecided q dec with
           | undecided => above && below | positive_side => above | negative_side => below end)
      && all d (fun a => is_zero (sub (linear_part f a) (total N (fun q => mul (mu q) (z_x z q a)))))
  | FieldBranch q t1 t2 =>
      is_kink i q && match lookup undecided q dec with undecided => true | _ => false end
      && field_tree_ok i f ((q, positive_side) :: dec) t1
      && field_tree_ok i f ((q, negative_side) :: dec) t2
  end.
Definition outputs_nonnegative (i : nat) (o : nat -> K) (tr : field_tree L) : bool :=
  field_tree_ok i (derivative_of i o) [] tr.

Definition stationary_point (trees : list (field_tree L)) : bool :=
  classes_ok && point_balanced && Nat.eqb (length trees) m
  && all m (fun i => outputs_nonnegative i (z_h z i) (nth i trees (FieldLeaf []))).

Definition escapes (i : nat) (v : list L) : bool :=
  let u := tabulate nought d (entry_of v) in
  Nat.ltb i m && Nat.eqb (length v) d && sides_decided i u
  && is_zero (derivative_at i (z_h z i) u)
  && some J (fun j => is_nonzero (derivative_at i (unit_entry j) u)).

(** A region: signs, radius, and the corners h_i + delta e_j and h_i - delta e_j. *)
Definition sign_matches (s : sign) (a : ascii) : bool :=
  match s with Positive => (a =? "+")%char | Zero => (a =? "0")%char
             | Negative => (a =? "-")%char | Undecided => false end.
Definition signs_match (i : nat) (s : string) : bool :=
  Nat.eqb (String.length s) N && all N (fun k =>
    match String.get k s with Some a => sign_matches (z_sign z i k) a | None => false end).
Definition norms : nat -> K := tabulate nought N (fun k => total d (fun a => absolute (z_x z k a))).
Definition norms_decided : bool := all N (fun k => all d (fun a => decided (sign_of (z_x z k a)))).
Definition radius_fits (radius : K) (norm : nat -> K) (i : nat) : bool := all N (fun k =>
  match z_sign z i k with
  | Zero => true
  | _ => is_nonnegative (sub (absolute (z_t z i k)) (mul radius (norm k)))
  end).
Definition corners_nonnegative (i : nat) (step : K) (trees : list (field_tree L)) : bool :=
  Nat.eqb (length trees) J
  && all J (fun j => outputs_nonnegative i
       (tabulate nought J (fun l => add (z_h z i l) (mul step (unit_entry j l)))) (nth j trees (FieldLeaf []))).
Definition derivatives_vanish (i : nat) : bool := all J (fun j =>
  let f := derivative_of i (unit_entry j) in
  all d (fun a => is_zero (linear_part f a)) && all N (fun q => is_zero (kink f q))).
Definition output_fits (radius : K) (i : nat) (o : output_region_over L)
    (tr : option (list (field_tree L) * list (field_tree L))) : bool :=
  match o, tr with
  | all_outputs, None => derivatives_vanish i
  | spread delta, Some (above, below) =>
      let step := read A delta in
      is_positive step && is_nonnegative (sub step (total J (fun _ => radius)))
      && corners_nonnegative i step above && corners_nonnegative i (opp step) below
  | _, _ => false
  end.
Definition minimum_in_region (radius : L) (R0 : region_over L)
    (trees : list (option (list (field_tree L) * list (field_tree L)))) : bool :=
  let r := read A radius in let norm := norms in
  classes_ok && point_balanced && norms_decided && is_positive r
  && Nat.eqb (length R0) m && Nat.eqb (length trees) m
  && all m (fun i => let part := nth i R0 (""%string, all_outputs) in
       signs_match i (fst part) && radius_fits r norm i
       && output_fits r i (snd part) (nth i trees None)).

(** A direction in which the loss falls. *)
Definition part_of (D : field_direction L) (i : nat) : list L * list L :=
  lookup ([], []) i (field_moved D).
Definition slope_along (D : field_direction L) : K :=
  add (total m (fun i => let part := part_of D i in
         match part with
         | ([], []) => nought
         | (u, o) => add (derivative_at i (z_h z i) (entry_of u))
             (twice (mul (z_scale z) (total J (fun j => mul (entry_of o j) (dual_sum i j)))))
         end))
      (if with_output_bias S then
         twice (mul (z_scale z) (total J (fun j => mul (entry_of (field_moved_bias D) j) (residual_sum j))))
       else nought).
Definition direction_fits (D : field_direction L) : bool :=
  forallb (fun part => Nat.ltb (fst part) m && Nat.eqb (length (fst (snd part))) d
                       && Nat.eqb (length (snd (snd part))) J) (field_moved D)
  && Nat.eqb (length (field_moved_bias D)) (if with_output_bias S then J else 0)
  && all m (fun i => sides_decided i (entry_of (fst (part_of D i)))).

(** Groups of equal inputs; and activation patterns. *)
Definition equal_inputs (k k' : nat) : bool := all d (fun a => is_zero (sub (z_x z k a) (z_x z k' a))).
Definition inputs_differ (k k' : nat) : bool := some d (fun a => is_nonzero (sub (z_x z k a) (z_x z k' a))).
Definition group_residual (same : nat -> nat -> bool) (k j : nat) : K :=
  total N (fun k' => if same k k' then z_e z k' j else nought).
Definition groups_balanced : bool :=
  let same := tabulate2 false N N equal_inputs in
  all N (fun k => all N (fun k' => same k k' || inputs_differ k k'))
  && all N (fun k => all J (fun j => is_zero (group_residual same k j))).

Definition side_matches (s : sign) (a : ascii) : bool :=
  if (a =? "+")%char then match s with Positive | Zero => true | _ => false end
  else (a =? "-")%char && match s with Negative | Zero => true | _ => false end.
Definition side_at (cell : list string) (i k : nat) : ascii :=
  match String.get k (nth i cell ""%string) with Some a => a | None => "0"%char end.
Definition slope_on (a : ascii) : K := if (a =? "+")%char then z_plus z else z_minus z.
Definition cell_equations (cell : list string) : bool :=
  bias_balanced && Nat.eqb (length cell) m
  && all m (fun i => Nat.eqb (String.length (nth i cell ""%string)) N
       && all N (fun k => side_matches (z_sign z i k) (side_at cell i k))
       && all J (fun j => all d (fun a => is_zero (total N (fun k =>
            mul (z_e z k j) (mul (slope_on (side_at cell i k)) (z_x z k a))))))).
End Point.

Definition check_field_loss_value (value : L) : bool :=
  with_point (fun z => is_zero (sub (loss_of z) (read A value))).
Definition check_field_directionally_stationary (classes : list (nat * L))
    (trees : list (field_tree L)) : bool :=
  with_point (fun z => stationary_point z classes trees).
Definition check_field_not_directionally_stationary (D : field_direction L) : bool :=
  with_point (fun z => direction_fits z D && is_negative (slope_along z D)).
Definition check_field_escape_neuron (classes : list (nat * L)) (i : nat) (v : list L)
    (trees : list (field_tree L)) : bool :=
  with_point (fun z => stationary_point z classes trees && escapes z i v).
Definition check_field_local_minimum (classes : list (nat * L)) (radius : L) (R0 : region_over L)
    (trees : list (option (list (field_tree L) * list (field_tree L)))) : bool :=
  with_point (fun z => minimum_in_region z classes radius R0 trees).
Definition check_field_global_minimum : bool := with_point groups_balanced.
Definition check_field_cell_global_minimum (cell : list string) : bool :=
  with_point (fun z => cell_equations z cell).
End Checkers.

(** Another network of the same shape, with a lower loss. *)
Definition check_field_spurious {L} (A : arithmetic L) (S : setting_over L) (P : parameters_over L)
    (classes : list (nat * L)) (radius : L) (R0 : region_over L)
    (trees : list (option (list (field_tree L) * list (field_tree L)))) (value : L)
    (better : parameters_over L) (better_value : L) : bool :=
  check_field_local_minimum A S P classes radius R0 trees && check_field_loss_value A S P value
  && Nat.eqb (length (par_w better)) (length (par_w P)) && check_field_loss_value A S better better_value
  && is_negative (sub (read A better_value) (read A value)).
