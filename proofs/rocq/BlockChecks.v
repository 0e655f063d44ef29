(** Certificates of local minima by blocks and second order: the checker. *)
From Coq Require Import ZArith QArith List Bool.
From Exactland Require Import Claims Integers Prepare Functional Checks.
Import ListNotations.
Local Open Scope Z_scope.

(** Numbers for some classes of parallel data, by their representatives. *)
Definition multipliers := list (nat * Z).

(** What is claimed of a neuron: psi_i = 0; or (h_i +- spread e_j) . psi_i >= m, so that it does not
    escape; or phi_i >= m.  The margins m = sum_q margin_q |direction_q . v| are positive multiples
    of those in the certificate. *)
Inductive neuron_proof :=
  | Vanishing
  | Calm (step : Q) (factor : positive) (margins : multipliers) (above below : list tree)
  | Escaping (factor : positive) (margins : multipliers) (t : tree).
Definition margins_of (n : neuron_proof) : multipliers :=
  match n with Vanishing => [] | Calm _ _ ms _ _ => ms | Escaping _ ms _ => ms end.
Definition is_calm (n : neuron_proof) : bool :=
  match n with Escaping _ _ _ => false | _ => true end.

(** A neuron: its block; the classes whose direction is a combination of those with a margin; a
    vector f_i that fixes its scale, if f_i . w_i is not 0. *)
Record block_neuron := BlockNeuron {
  its_block : nat; its_proof : neuron_proof; its_implied : list (nat * (positive * multipliers));
  its_gauge : row }.

(** A vector (times [leaf_unit]) as a combination of chosen functionals, and of directions along
    which moving costs. *)
Definition resolved := (row * row)%type.

Inductive moves := Whole | OnlyOutput | OnlyInput.
(** The part of a neuron in a proof for a cell.  A level: factor * phi_i as a nonnegative combination
    of sides and a combination of held directions. *)
Definition level := (positive * multipliers * multipliers)%type.
Inductive neuron_part :=
  | Absent
  | Relaxed (l : option level) (slopes_of_psi : option (list row)) (steps : list row)
  | Examined (kind : moves) (l : option level) (functionals : list row)
      (slopes_of_psi : list resolved) (steps : list resolved).

(** amount * (side of class q of neuron i) * (side of class q' of neuron i') *)
Record product := Product {
  left_neuron : nat; left_class : nat; left_resolved : resolved;
  right_neuron : nat; right_class : nat; right_resolved : resolved; amount : Z }.
Inductive criterion :=
  | NoEscape
  | Definite (factor : positive) (products : list product) (squares : list (Z * row)) (gap : row)
  | LowRank (factor den_normal : positive) (normals : list row) (bound : Z) (excess : list (Z * row))
      (squares : list (Z * row)).

Record leaf := MakeLeaf {
  leaf_parts : list (nat * neuron_part);
  leaf_unit : positive;
  features : list row; feature_weights : row; weight_unit : positive;
  leaf_criterion : criterion }.

(** The tree of sides.  Where one side is empty, the other follows: factor * side * direction is a
    nonnegative combination of the sides before, and a combination of held directions. *)
Inductive cells :=
  | Leaf_of (l : leaf)
  | Split (i q : nat) (above below : cells)
  | Follows (i q : nat) (above : bool) (factor : positive) (from : multipliers) (held : multipliers)
      (rest : cells).

Record blocks_witness := BlocksWitness {
  block_neurons : list block_neuron; data_blocks : list nat; block_cells : list cells }.

Definition decided := list (nat * list (nat * bool)).
Definition sides_of (dec : decided) (i : nat) : list (nat * bool) := lookup [] i dec.
Definition decide (dec : decided) (i q : nat) (above : bool) : decided :=
  (i, (q, above) :: sides_of dec i) :: dec.
Definition side_of (sides : list (nat * bool)) (q : nat) : option bool :=
  lookup None q (map (fun qs => (fst qs, Some (snd qs))) sides).
Definition signed (above : bool) (u : row) : row := if above then u else smul (-1) u.
Definition is_in (q : nat) (l : list nat) : bool := existsb (Nat.eqb q) l.

(** Sums of products of linear forms: the matrix of 2 sum kappa (rho . z)(rho' . z). *)
Definition term := (Z * (row * row))%type.
Definition outer (k : Z) (u v : row) : list row := map (fun a => smul (k * a) v) u.
Fixpoint madd (A B : list row) : list row :=
  match A, B with u :: A', v :: B' => vadd u v :: madd A' B' | _, _ => [] end.
Fixpoint matrix_of (n : nat) (l : list term) : list row :=
  match l with
  | [] => repeat (zeros n) n
  | (k, (u, v)) :: l' => madd (outer k u v) (madd (outer k v u) (matrix_of n l'))
  end.
Definition terms_sized (n : nat) (l : list term) : bool :=
  forallb (fun t => Nat.eqb (length (fst (snd t))) n && Nat.eqb (length (snd (snd t))) n) l.
(** sum kappa (rho . z)(rho' . z) = 0 for all z. *)
Definition cancels (n : nat) (l : list term) : bool :=
  terms_sized n l && forallb all_zero (matrix_of n l).
Definition square (kr : Z * row) : term := (fst kr, (snd kr, snd kr)).
Definition scaled (s : Z) (t : term) : term := (s * fst t, snd t).
Definition unit_row (n a : nat) : row := add_at a 1 (zeros n).
Definition nonnegative_weights {A} (l : list (Z * A)) : bool := forallb (fun kr => Z.leb 0 (fst kr)) l.

Section Checker.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging) (pre : prepared).
Variable wit : blocks_witness.
Notation d := (d S). Notation J := (output_dimension S).
Let N := length (data_x S).

Definition class_direction (q : nat) : row := lookup [] q (class_list M).
Definition weight (i : nat) : row := nth i (p_W pre) [].
Definition on_the_kink (i q : nat) : bool :=
  Nat.eqb (length (class_direction q)) d && Z.eqb (zdot (weight i) (class_direction q)) 0.
Definition neuron_at (i : nat) : block_neuron := nth i (block_neurons wit) (BlockNeuron 0 Vanishing [] []).
Definition block_of (i : nat) : nat := its_block (neuron_at i).
Definition data_block (k : nat) : nat := nth k (data_blocks wit) 0%nat.

(** *** Neurons *)
Definition reduced (factor : positive) (margins : multipliers) (f : functional) : functional :=
  Functional (smul (Zpos factor) (linear f))
    (map (fun kc => (fst kc, Zpos factor * snd kc - lookup 0 (rep (fst kc)) margins)) (kinks f)).
Definition above_margins (i : nat) (ps : list row) (den factor : positive) (margins : multipliers)
    (g : row) (t : tree) : bool :=
  tree_ok d (tree_unit S D den * Zpos factor) (Qnum (loss_scale S))
    (reduced factor margins (contract S ps (kinks_at pre i) g)) [] t.
Definition margins_ok (i : nat) (margins : multipliers) : bool :=
  forallb (fun qz => existsb (fun k => Nat.eqb (fst qz) (rep k)) (kinks_at pre i) && Z.leb 0 (snd qz))
    margins.
Definition calm_corners (i : nat) (ps : list row) (den : positive) (step : Z) (factor : positive)
    (margins : multipliers) (trees : list tree) : bool :=
  let g := smul (Zpos den) (height (p_V pre) i) in
  Nat.eqb (length trees) J
  && forallb (fun j => above_margins i ps (den * den_v D) factor margins
                         (add_at j (step * Zpos (den_v D)) g) (nth j trees (Leaf 1 []))) (seq 0 J).
Definition proof_ok (i : nat) (ps : list row) (n : neuron_proof) : bool :=
  match n with
  | Vanishing => vanishes pre i ps
  | Calm step factor margins above below =>
      Z.ltb 0 (Qnum step) && Nat.ltb 0 J && margins_ok i margins
      && calm_corners i ps (Qden step) (Qnum step) factor margins above
      && calm_corners i ps (Qden step) (- Qnum step) factor margins below
  | Escaping factor margins t =>
      margins_ok i margins
      && above_margins i ps (den_v D) factor margins (height (p_V pre) i) t
  end.
(** The classes along which moving costs: those with a margin, and combinations of them. *)
Definition margined (i : nat) : list nat :=
  map fst (filter (fun qz => Z.ltb 0 (lookup 0 (fst qz) (margins_of (its_proof (neuron_at i)))))
                  (margins_of (its_proof (neuron_at i)))).
Definition combined (l : multipliers) : row :=
  lincomb d (map snd l) (map (fun qz => class_direction (fst qz)) l).
Definition among (l : list nat) (ms : multipliers) : bool := forallb (fun qz => is_in (fst qz) l) ms.
Definition implied_ok (i : nat) (ic : nat * (positive * multipliers)) : bool :=
  on_the_kink i (fst ic) && among (margined i) (snd (snd ic))
  && row_eqb (smul (Zpos (fst (snd ic))) (class_direction (fst ic))) (combined (snd (snd ic))).
Definition held (i : nat) : list nat := margined i ++ map fst (its_implied (neuron_at i)).
Definition inert (i k : nat) : bool :=
  match nth k (nth i (p_T pre) []) 0 with
  | Zpos _ => Z.eqb (plus S) 0 | Zneg _ => Z.eqb (minus S) 0
  | Z0 => Z.eqb (snd (nth k (members M) (0%N, 0))) 0 || (Z.eqb (plus S) 0 && Z.eqb (minus S) 0)
  end.
Definition neuron_ok (i : nat) (ps : list row) : bool :=
  proof_ok i ps (its_proof (neuron_at i))
  && forallb (implied_ok i) (its_implied (neuron_at i))
  && Nat.ltb (block_of i) (length (block_cells wit))
  && forallb (fun k => inert i k || Nat.eqb (data_block k) (block_of i)) (seq 0 N).

(** *** A neuron on a cell *)
Definition class_rep (k : nat) : nat :=
  fst (nth (N.to_nat (fst (nth k (members M) (0%N, 0)))) (class_list M) (O, [])).
(** The slope of neuron i at datum k, over [den_slopes]; None where the side is open. *)
Definition slope_at (i : nat) (sides : list (nat * bool)) (k : nat) : option Z :=
  match nth k (nth i (p_T pre) []) 0 with
  | Zpos _ => Some (plus S) | Zneg _ => Some (minus S)
  | Z0 =>
      let l := snd (nth k (members M) (0%N, 0)) in
      if Z.eqb (plus S) (minus S) then Some (plus S)
      else if Z.eqb l 0 || is_in (class_rep k) (held i) then Some 0
      else match side_of sides (class_rep k) with
           | Some above => Some (if Bool.eqb above (Z.ltb 0 l) then plus S else minus S)
           | None => None
           end
  end.
Definition slopes (i : nat) (sides : list (nat * bool)) : list (option Z) :=
  map (slope_at i sides) (seq 0 N).
Definition known_slope (s : option Z) : Z := match s with Some z => z | None => 0 end.
Definition decided_slopes (l : list (option Z)) : bool :=
  forallb (fun s => match s with Some _ => true | None => false end) l.
(** The weights of a feature vanish where the slope is open. *)
Definition seen (l : list (option Z)) (y : row) : bool :=
  for_all2 (fun s a => match s with Some _ => true | None => Z.eqb a 0 end) l y.
(** sum_k a_k s_k x_k *)
Definition weighted (l : list (option Z)) (a : row) : row :=
  lincomb d (zmul a (map known_slope l)) (p_X pre).
Definition combines (unit : positive) (target : row) (us : list row) (c : row) (us' : list row)
    (c' : row) : bool :=
  Nat.eqb (length c) (length us) && Nat.eqb (length c') (length us')
  && row_eqb (smul (Zpos unit) target) (vadd (lincomb d c us) (lincomb d c' us')).

(** phi_i, up to a positive factor *)
Definition phi_row (i : nat) (l : list (option Z)) : row :=
  lincomb d (height (p_V pre) i) (map (weighted l) (p_E pre)).
Definition with_sides (sides : list (nat * bool)) (ms : multipliers) : option row :=
  if forallb (fun qz => match side_of sides (fst qz) with Some _ => Z.leb 0 (snd qz) | None => false end) ms
  then Some (lincomb d (map snd ms) (map (fun qz =>
    signed (match side_of sides (fst qz) with Some s => s | None => true end) (class_direction (fst qz))) ms))
  else None.
Definition from_sides (i : nat) (sides : list (nat * bool)) (factor : positive) (target : row)
    (from held_ones : multipliers) : bool :=
  match with_sides sides from with
  | None => false
  | Some u => among (held i) held_ones
              && row_eqb (smul (Zpos factor) target) (vadd u (combined held_ones))
  end.
Definition level_ok (i : nat) (sides : list (nat * bool)) (l : list (option Z)) (v : option level) : bool :=
  match v with
  | None => true
  | Some (factor, from, held_ones) =>
      decided_slopes l && from_sides i sides factor (phi_row i l) from held_ones
  end.
Definition costly (i : nat) (v : option level) : list nat :=
  held i ++ match v with
            | None => []
            | Some (_, from, _) => map fst (filter (fun qz => Z.ltb 0 (snd qz)) from)
            end.
Definition costly_rows (i : nat) (v : option level) : list row := map class_direction (costly i v).
Definition gauge_rows (i : nat) : list row :=
  let f := its_gauge (neuron_at i) in
  if Nat.eqb (length f) d && negb (Z.eqb (zdot (weight i) f) 0) then [f] else [].

Section Leaf.
Variables (b : nat) (dec : decided) (lf : leaf).
Definition part_at (i : nat) : neuron_part := lookup Absent i (leaf_parts lf).
Definition here : list nat := filter (fun i => Nat.eqb (block_of i) b) (seq 0 (m P)).
Definition free_rows (rank : bool) (i : nat) (v : option level) : list row :=
  costly_rows i v ++ if rank then [] else gauge_rows i.
Definition activity_row (i : nat) : row :=
  let l := slopes i (sides_of dec i) in map (fun y => zdot (weighted l y) (weight i)) (features lf).
Definition height_is_zero (i : nat) : bool := all_zero (height (p_V pre) i).

Definition part_ok (rank : bool) (i : nat) : bool :=
  let sides := sides_of dec i in
  let l := slopes i sides in
  match part_at i with
  | Absent => false
  | Relaxed v psi_rests step_rests =>
      level_ok i sides l v
      && match psi_rests with
         | None => is_calm (its_proof (neuron_at i))
         | Some rests => decided_slopes l
             && for_all2 (fun e c => combines (leaf_unit lf) (weighted l e) [] [] (costly_rows i v) c) (p_E pre) rests
         end
      && for_all2 (fun y c => seen l y && combines (leaf_unit lf) (weighted l y) [] [] (costly_rows i v) c)
           (features lf) step_rests
      && all_zero (activity_row i)
  | Examined kind v ts psis stps =>
      forallb (fun t => Nat.eqb (length t) d) ts
      && match kind with
         | OnlyOutput =>
             is_calm (its_proof (neuron_at i)) && height_is_zero i
             && match ts, psis, stps with [], [], [] => negb rank | _, _, _ => false end
         | _ =>
             level_ok i sides l v && decided_slopes l
             && for_all2 (fun y c => combines (leaf_unit lf) (weighted l y) ts (fst c)
                                       (free_rows rank i v) (snd c)) (features lf) stps
             && match kind with
                | Whole =>
                    for_all2 (fun e c => combines (leaf_unit lf) (weighted l e) ts (fst c)
                                           (free_rows rank i v) (snd c)) (p_E pre) psis
                | _ => is_calm (its_proof (neuron_at i)) && all_zero (activity_row i) && negb rank
                       && match psis with [] => true | _ => false end
                end
         end
  end.

Definition features_ok : bool :=
  forallb (fun y => Nat.eqb (length y) N && (negb (with_output_bias S) || Z.eqb (zsum y) 0)
             && forallb (fun k => Nat.eqb (data_block k) b || Z.eqb (nth k y 0) 0) (seq 0 N)) (features lf)
  && for_all2 (fun y a => Z.leb 0 a && Z.leb (a * zdot y y) (Zpos (weight_unit lf)))
       (features lf) (feature_weights lf)
  && (fix orthogonal (l : list row) : bool :=
        match l with [] => true | y :: l' => forallb (fun z => Z.eqb (zdot y z) 0) l' && orthogonal l' end)
     (features lf).

(** **** The definite form *)
(** Coordinates of a neuron: the values of its functionals, and the change of its output weights. *)
Definition functionals_of (i : nat) : list row :=
  match part_at i with Examined OnlyOutput _ _ _ _ => [] | Examined _ _ ts _ _ => ts | _ => [] end.
Definition outputs_of (i : nat) : nat :=
  match part_at i with Examined OnlyInput _ _ _ _ => 0 | Examined _ _ _ _ _ => J | _ => 0 end.
Definition coordinates (i : nat) : nat := length (functionals_of i) + outputs_of i.
Definition steps_of (i l : nat) : row :=
  match part_at i with
  | Examined OnlyOutput _ _ _ _ => []
  | Examined _ _ _ _ stps => fst (nth l stps ([], []))
  | _ => []
  end.
Definition psi_of (i j : nat) : row :=
  match part_at i with Examined Whole _ _ psis _ => fst (nth j psis ([], [])) | _ => [] end.
Definition linear_segment (l j i : nat) : row :=
  smul (Zpos (den_w D) * nth i (nth j (p_V pre) []) 0) (steps_of i l)
  ++ smul (Zpos (den_v D) * Zpos (leaf_unit lf) * nth l (activity_row i) 0) (unit_row (outputs_of i) j).
(** A row with one segment for each neuron of the block. *)
Definition spread_row (segment : nat -> row) : row := flat_map segment here.
Definition only (i : nat) (r : row) (i' : nat) : row :=
  if Nat.eqb i i' then r else zeros (coordinates i').
Definition size : nat := length (spread_row (fun i => zeros (coordinates i))).
Definition cross_terms (i : nat) : list term :=
  match part_at i with
  | Examined Whole _ ts _ _ =>
      map (fun j => (2 * Zpos (weight_unit lf) * Zpos (den_slopes S) * Zpos (den_x D) * Zpos (leaf_unit lf)
                       * (Zpos (den_w D) * Zpos (den_w D)) * (Zpos (den_v D) * Zpos (den_v D)),
             (spread_row (only i (psi_of i j ++ zeros J)),
              spread_row (only i (zeros (length ts) ++ unit_row J j))))) (seq 0 J)
  | _ => []
  end.
Definition feature_terms : list term :=
  flat_map (fun l => map (fun j =>
    let r := spread_row (linear_segment l j) in
    (Zpos (unit_e S D) * nth l (feature_weights lf) 0, (r, r))) (seq 0 J)) (seq 0 (length (features lf))).
Definition side_ok (i q : nat) (c : resolved) : bool :=
  match part_at i, side_of (sides_of dec i) q with
  | Examined Whole v ts _ _, Some above | Examined OnlyInput v ts _ _, Some above =>
      is_in i here
      && combines (leaf_unit lf) (signed above (class_direction q)) ts (fst c) (free_rows false i v) (snd c)
  | _, _ => false
  end.
Definition product_ok (r : product) : bool :=
  side_ok (left_neuron r) (left_class r) (left_resolved r)
  && side_ok (right_neuron r) (right_class r) (right_resolved r) && Z.leb 0 (amount r).
Definition product_term (r : product) : term :=
  let row_of i (c : resolved) := spread_row (only i (fst c ++ zeros (outputs_of i))) in
  (amount r, (row_of (left_neuron r) (left_resolved r), row_of (right_neuron r) (right_resolved r))).
Definition gap_terms (gap : row) : list term :=
  map (fun a => (nth a gap 0, (unit_row size a, unit_row size a))) (seq 0 size).
Definition definite_ok (factor : positive) (products : list product) (sqs : list (Z * row)) (gap : row) : bool :=
  forallb product_ok products && nonnegative_weights sqs
  && Nat.eqb (length gap) size && forallb (Z.ltb 0) gap
  && cancels size
       (map (scaled (Zpos factor)) (feature_terms ++ flat_map cross_terms here)
        ++ map (scaled (-1)) (map product_term products ++ map square sqs ++ gap_terms gap)).

(** **** The form of low rank *)
Definition examined_here : list nat :=
  filter (fun i => match part_at i with Examined _ _ _ _ _ => true | _ => false end) here.
Definition leader : nat := hd 0%nat examined_here.
Definition rank_size : nat := length (functionals_of leader).
Definition shared_steps : list row := map (fun l => steps_of leader l) (seq 0 (length (features lf))).
Definition shared_psi : list row := map (fun j => psi_of leader j) (seq 0 J).
Definition values_at (i : nat) : row := map (fun t => zdot t (weight i)) (functionals_of i).
Definition follower_ok (i : nat) : bool :=
  Nat.eqb (length (functionals_of i)) rank_size
  && for_all2 row_eqb (map (fun l => steps_of i l) (seq 0 (length (features lf)))) shared_steps
  && for_all2 row_eqb (map (fun j => psi_of i j) (seq 0 J)) shared_psi
  && forallb (fun r => Z.eqb (zdot r (values_at i)) 0) shared_psi
  && all_zero (lincomb rank_size (height (p_V pre) i) shared_psi)
  && for_all2 (fun r a => Z.eqb (zdot r (values_at i)) (Zpos (leaf_unit lf) * a))
       shared_steps (activity_row i).
(** The metric sum_l weight_l (alpha_l . u)(alpha_l . v) as a row, for u. *)
Definition metric_row (u : row) : row :=
  lincomb rank_size (zmul (feature_weights lf) (map (fun r => zdot r u) shared_steps)) shared_steps.
Definition base_row (j : nat) : row :=
  lincomb rank_size (map (fun i => nth i (nth j (p_V pre) []) 0) examined_here) (map values_at examined_here).
Definition rank_ok (factor den_normal : positive) (normals : list row) (bound : Z)
    (excess squares : list (Z * row)) : bool :=
  let bases := map base_row (seq 0 J) in
  let unit := Zpos (den_v D) * Zpos (den_w D) in
  let targets := map (fun bn => vadd (smul (Zpos den_normal) (fst bn)) (smul (- unit) (snd bn)))
                     (combine bases normals) in
  forallb follower_ok examined_here && Nat.ltb 0 (length examined_here)
  && forallb (fun u => Nat.eqb (length u) rank_size) (map snd excess)
  && for_all2 (fun r n => Nat.eqb (length n) rank_size
       && row_eqb (smul (Zpos (den_slopes S) * Zpos (den_x D) * Zpos (leaf_unit lf) * Zpos (weight_unit lf)
                         * Zpos den_normal) r)
            (smul (Zpos (unit_e S D)) (metric_row n))) shared_psi normals
  && Z.leb 0 bound && nonnegative_weights excess && nonnegative_weights squares
  && cancels rank_size
       (map (fun u => (Zpos factor, (metric_row u, metric_row u))) targets
        ++ map square squares
        ++ map (scaled (-1)) (map (fun ar => (bound * fst ar, (snd ar, snd ar)))
                                (combine (feature_weights lf) shared_steps)
                              ++ map (fun kr => square (fst kr, metric_row (snd kr))) excess))
  && Z.leb (bound * Z.of_nat (length examined_here)
            + zsum (map (fun kr => fst kr * zdot (metric_row (snd kr)) (snd kr)) excess))
       (Zpos factor * (Zpos den_normal * Zpos den_normal)
        * zsum (map (fun u => zdot (metric_row u) u) bases)).

Definition leaf_ok : bool :=
  match leaf_criterion lf with
  | NoEscape =>
      match features lf with [] => true | _ => false end && forallb (part_ok false) here
      && forallb (fun i => match part_at i with Relaxed _ _ _ => true | _ => false end) here
  | Definite factor products squares gap =>
      features_ok && forallb (part_ok false) here && definite_ok factor products squares gap
  | LowRank factor den_normal normals bound excess squares =>
      features_ok && forallb (part_ok true) here
      && rank_ok factor den_normal normals bound excess squares
  end.
End Leaf.

Fixpoint cells_ok (b : nat) (dec : decided) (t : cells) : bool :=
  match t with
  | Leaf_of lf => leaf_ok b dec lf
  | Split i q above below =>
      Nat.eqb (block_of i) b && Nat.ltb i (m P) && on_the_kink i q
      && cells_ok b (decide dec i q true) above && cells_ok b (decide dec i q false) below
  | Follows i q above factor from held_ones rest =>
      Nat.eqb (block_of i) b && Nat.ltb i (m P) && on_the_kink i q
      && from_sides i (sides_of dec i) factor (signed above (class_direction q)) from held_ones
      && cells_ok b (decide dec i q above) rest
  end.
Definition blocks_ok : bool :=
  balanced_ok S P pre neuron_ok
  && forallb (fun bt => cells_ok (fst bt) [] (snd bt))
       (combine (seq 0 (length (block_cells wit))) (block_cells wit)).
End Checker.

Definition check_minimum_by_blocks (S : setting) (P : parameters) (D : denominators) (M : merging)
    (wit : blocks_witness) : bool :=
  with_derivatives S P D M (fun pre => blocks_ok S P D M pre wit).
Definition check_spurious_by_blocks (S : setting) (P : parameters) (D : denominators) (M : merging)
    (wit : blocks_witness) (value : Q) (better : parameters) (D' : denominators) (better_value : Q) : bool :=
  check_minimum_by_blocks S P D M wit && check_better S P D value better D' better_value.
