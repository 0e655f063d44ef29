(** The checkers for networks given by layers: the network is evaluated on the data in integers
    over common denominators, which come with the witness and are checked. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum Claims LayerClaims
  Integers Prepare Facts.
Import ListNotations.
Local Open Scope Z_scope.

Record layer_denominators := LayerDenominators {
  den_activation : positive;          (* of the knots, slopes and intercepts of the pieces *)
  den_features : positive; den_labels : positive;
  den_layers : list positive }.

(** rho(t) = slope * t + shift for low < t <= high. *)
Record piece (A : Type) := Piece { low : option A; high : option A; slope : A; shift : A }.
Arguments Piece {A}. Arguments low {A}. Arguments high {A}. Arguments slope {A}. Arguments shift {A}.
Fixpoint pieces (lowest : option Q) (knot height slope : Q) (later : list (Q * Q))
    : list (piece Q) :=
  let shift := Qred (height - slope * knot) in
  match later with
  | [] => [Piece lowest None slope shift]
  | (knot', slope') :: later' =>
      Piece lowest (Some knot') slope shift
      :: pieces (Some knot') knot' (Qred (height + slope * (knot' - knot))) slope' later'
  end.
Definition activation_pieces (S : layer_setting) : list (piece Q) :=
  pieces None (hd 0%Q (knots S)) (first_value S) (hd 0%Q (piece_slopes S))
    (combine (knots S) (tl (piece_slopes S))).

Definition all_divide (A : positive) (pc : piece Q) : bool :=
  let ok := fun o => match o with Some q => divides A q | None => true end in
  ok (low pc) && ok (high pc) && divides A (slope pc) && divides A (shift pc).
Definition clear_piece (A : positive) (pc : piece Q) : piece Z :=
  Piece (option_map (clear A) (low pc)) (option_map (clear A) (high pc))
        (clear A (slope pc)) (clear A (shift pc)).

(** ** Evaluation.  A value a is stood for by the integer unit * a. *)
Section Evaluation.
Variables (A : positive) (pcs : list (piece Z)).

Fixpoint piece_at (unit : positive) (l : list (piece Z)) (t : Z) : piece Z :=
  match l with
  | [] => Piece None None 0 0
  | pc :: l' => match high pc with
                | None => pc
                | Some h => if Z.leb (t * Zpos A) (h * Zpos unit) then pc else piece_at unit l' t
                end
  end.
Definition at_piece (unit : positive) (pc : piece Z) (t : Z) : Z :=
  slope pc * t + shift pc * Zpos unit.
Definition activate (unit : positive) (t : Z) : Z := at_piece unit (piece_at unit pcs t) t.
Definition strictly_inside (unit : positive) (pc : piece Z) (t : Z) : bool :=
  match low pc with Some a => Z.ltb (a * Zpos unit) (t * Zpos A) | None => true end
  && match high pc with Some b => Z.ltb (t * Zpos A) (b * Zpos unit) | None => true end.

(** A layer as integers: its denominator, and rows with the bias last. *)
Definition layer_values (unit : positive) (l : list row) (v : row) : row :=
  let v1 := v ++ [Zpos unit] in map (fun r => zdot r v1) l.
(** Whether every neuron stays strictly inside one piece; the pieces of the hidden neurons at the
    first point; the denominator of the outputs, and the outputs. *)
Fixpoint evaluate (ls : list (positive * list row)) (unit : positive) (vs : list row)
    : bool * (list (list (piece Z)) * (positive * list row)) :=
  match ls with
  | [] => (true, ([], (unit, vs)))
  | (D, l) :: ls' =>
      let unit' := (D * unit)%positive in
      let ts := map (layer_values unit l) vs in
      match ls' with
      | [] => (true, ([], (unit', ts)))
      | _ =>
          let first := map (piece_at unit' pcs) (hd [] ts) in
          let one_piece := forallb (for_all2 (strictly_inside unit') first) ts in
          let '(ok, (rest, result)) :=
            evaluate ls' (A * unit')%positive (map (map (activate unit')) ts) in
          (one_piece && ok, (first :: rest, result))
      end
  end.
End Evaluation.

Definition with_biases (l : layer_parameters) : list (list Q) :=
  map (fun rb => fst rb ++ [snd rb]) (combine (layer_w l) (layer_b l)).
Definition clear_layers (ds : list positive) (P : list layer_parameters)
    : list (positive * list row) :=
  map (fun Dl => (fst Dl, clear_rows (fst Dl) (with_biases (snd Dl)))) (combine ds P).

(** Half the slopes of the penalty, and the residuals, times a common denominator. *)
Definition delta_of (S : layer_setting) : Q := match huber_delta S with Some q => q | None => 1 end.
Definition clip (bound e : Z) : Z := Z.max (- bound) (Z.min bound e).

Section Checks.
Variables (S : layer_setting) (P : list layer_parameters) (D : layer_denominators).

Definition layers_ok : bool :=
  layers_well_formed S P
  && forallb (all_divide (den_activation D)) (activation_pieces S)
  && divides_rows (den_features D) (features_x S)
  && divides_rows (den_labels D) (labels_y S)
  && for_all2 (fun Dl l => divides_rows Dl (with_biases l)) (den_layers D) P.

Definition evaluated : bool * (list (list (piece Z)) * (positive * list row)) :=
  evaluate (den_activation D) (map (clear_piece (den_activation D)) (activation_pieces S))
    (clear_layers (den_layers D) P) (den_features D) (clear_rows (den_features D) (features_x S)).

(** Residuals times the denominator of Huber's delta, that of the outputs, and that of y. *)
Definition residual_unit (unit : positive) : positive :=
  (Qden (delta_of S) * (unit * den_labels D))%positive.
Definition error_rows (unit : positive) (outputs : list row) : list row :=
  let a := Zpos (Qden (delta_of S)) in
  map (fun oy => vadd (smul (a * Zpos (den_labels D)) (fst oy)) (smul (- (a * Zpos unit)) (snd oy)))
      (combine outputs (clear_rows (den_labels D) (labels_y S))).
Definition slope_rows (unit : positive) (errors : list row) : list row :=
  match huber_delta S with
  | None => errors
  | Some delta => map (map (clip (Qnum delta * Zpos (unit * den_labels D)))) errors
  end.
Definition penalty_sum (e g : row) : Z := zdot g (vadd (smul 2 e) (smul (-1) g)).

Definition check_layers_loss (value : Q) : bool :=
  layers_ok &&
  (let '(_, (_, (unit, outputs))) := evaluated in
   let errors := error_rows unit outputs in
   let total := zsum (map (fun eg => penalty_sum (fst eg) (snd eg))
                          (combine errors (slope_rows unit errors))) in
   Z.eqb (Qnum (loss_factor S) * total * Zpos (Qden value))
         (Qnum value * Zpos (Qden (loss_factor S))
          * (Zpos (residual_unit unit * residual_unit unit)))).

Definition check_layers_local_minimum : bool :=
  layers_ok &&
  (let '(one_piece, (_, (unit, outputs))) := evaluated in
   let slopes := slope_rows unit (error_rows unit outputs) in
   let xs := map (fun r => r ++ [Zpos (den_features D)])
                 (clear_rows (den_features D) (features_x S)) in
   one_piece && forallb (fun j => all_zero (lincomb (feature_count S + 1) (height slopes j) xs))
                        (seq 0 (label_count S))).
End Checks.

Definition same_lengths (P P' : list layer_parameters) : bool :=
  for_all2 (fun l l' => Nat.eqb (length (layer_w l)) (length (layer_w l'))) P P'.
Definition check_layers_spurious (S : layer_setting) (P : list layer_parameters)
    (D : layer_denominators) (value : Q) (better : list layer_parameters)
    (better_D : layer_denominators) (better_value : Q) : bool :=
  check_layers_local_minimum S P D && check_layers_loss S P D value
  && same_lengths better P
  && check_layers_loss S better better_D better_value
  && negb (Qle_bool value better_value).

(** ** The pieces of the activation *)
Local Open Scope R_scope.
Local Arguments Q2R : simpl never.
Local Arguments Qred : simpl never.
Definition above (o : option Q) (t : R) : Prop := match o with Some a => Q2R a < t | None => True end.
Definition below (o : option Q) (t : R) : Prop := match o with Some b => t <= Q2R b | None => True end.
Definition real_pair (ks : Q * Q) : R * R := (Q2R (fst ks), Q2R (snd ks)).

Lemma Q2R_red q : Q2R (Qred q) = Q2R q.
Proof. apply Qeq_eqR, Qred_correct. Qed.
Lemma increasing_cons a b l : increasing (a :: b :: l) = true ->
  Q2R a < Q2R b /\ increasing (b :: l) = true.
Proof.
  simpl. intros H. apply andb_prop in H as [H Hl]. apply andb_prop in H as [Ha Hb].
  split; [|exact Hl]. apply Qle_bool_iff in Ha. apply negb_true_iff in Hb.
  apply Qreals.Qlt_Rlt. apply Qle_lteq in Ha as [Ha|Ha]; auto.
  apply Qeq_bool_iff in Ha. congruence.
Qed.
Lemma pieces_low later : forall k knot height slope0 pc,
  increasing (k :: map fst later) = true -> In pc (pieces (Some k) knot height slope0 later) ->
  exists a, low pc = Some a /\ Q2R k <= Q2R a.
Proof.
  induction later as [|[k' s'] later IH]; intros k knot height slope0 pc H Hpc; simpl in Hpc.
  - destruct Hpc as [<-|[]]. exists k. split; [reflexivity | lra].
  - destruct Hpc as [<-|Hpc]; [exists k; split; [reflexivity | lra]|].
    simpl map in H. apply increasing_cons in H as [Hk H]. cbn [fst] in Hk, H.
    destruct (IH _ _ _ _ _ H Hpc) as (a & E & Ha). exists a. split; [exact E | lra].
Qed.
Lemma pieces_spec later : forall lowest knot height slope0 pc t,
  increasing (map fst later) = true -> In pc (pieces lowest knot height slope0 later) ->
  above (low pc) t -> below (high pc) t ->
  piecewise (Q2R knot) (Q2R height) (Q2R slope0) (map real_pair later) t
  = Q2R (slope pc) * t + Q2R (shift pc).
Proof.
  induction later as [|[k' s'] later IH]; intros lowest knot height slope0 pc t H Hpc Ha Hb;
    simpl in Hpc.
  - destruct Hpc as [<-|[]]. simpl. rewrite Q2R_red, Q2R_minus, Q2R_mult. ring.
  - simpl map in H. cbn [fst] in H. simpl map. unfold real_pair at 1. simpl fst. simpl snd. simpl piecewise.
    destruct Hpc as [<-|Hpc].
    + simpl in Hb |- *. destruct (Rlt_dec (Q2R k') t); [lra|].
      rewrite Q2R_red, Q2R_minus, Q2R_mult. ring.
    + destruct (pieces_low _ _ _ _ _ _ H Hpc) as (a & E & Hk). rewrite E in Ha. simpl in Ha.
      destruct (Rlt_dec (Q2R k') t); [|lra].
      assert (H' : increasing (map fst later) = true).
      { destruct later as [|[k2 s2] later]; [reflexivity|]. now apply increasing_cons in H. }
      rewrite <- (IH (Some k') k' (Qred (height + slope0 * (k' - knot))) s' pc t H' Hpc);
        [|rewrite E; exact Ha | exact Hb].
      rewrite Q2R_red, Q2R_plus, Q2R_mult, Q2R_minus. reflexivity.
Qed.

Lemma combine_map2 {X X' Y Y'} (f : X -> X') (g : Y -> Y') l l' :
  combine (map f l) (map g l') = map (fun ab => (f (fst ab), g (snd ab))) (combine l l').
Proof. revert l'. induction l as [|a l IH]; intros [|b l']; simpl; auto. now rewrite IH. Qed.
Lemma sum_app n u v f : length u = n ->
  sum (n + 1) (fun q => zvec (u ++ [v]) q * f q) = sum n (fun q => zvec u q * f q) + IZR v * f n.
Proof.
  intros H. rewrite Nat.add_1_r. simpl. f_equal.
  - apply sum_ext. intros q Hq. unfold zvec. now rewrite app_nth1 by lia.
  - unfold zvec. rewrite app_nth2 by lia. now rewrite H, Nat.sub_diag.
Qed.
Lemma zvec_last u v : zvec (u ++ [v]) (length u) = IZR v.
Proof. unfold zvec. rewrite app_nth2, Nat.sub_diag by lia. reflexivity. Qed.

Lemma with_biases_spec n l i : rows_of_length n (layer_w l) = true ->
  length (layer_b l) = length (layer_w l) -> (i < length (layer_w l))%nat ->
  length (with_biases l) = length (layer_w l)
  /\ nth i (with_biases l) [] = nth i (layer_w l) [] ++ [nth i (layer_b l) 0%Q]
  /\ length (nth i (layer_w l) []) = n.
Proof.
  intros Hw Hb Hi. unfold with_biases. split; [|split].
  - rewrite map_length, combine_length. lia.
  - rewrite (nth_map_lt _ _ i ([], 0%Q)) by (rewrite combine_length; lia).
    rewrite combine_nth by auto. reflexivity.
  - apply Nat.eqb_eq. apply (forallb_nth _ _ [] Hw i Hi).
Qed.

Lemma layer_values_spec n D l unit v (a : vector) : rows_of_length n (layer_w l) = true ->
  length (layer_b l) = length (layer_w l) -> divides_rows D (with_biases l) = true ->
  length v = n -> (forall q, (q < n)%nat -> zvec v q = IZR (Zpos unit) * a q) ->
  length (layer_values unit (clear_rows D (with_biases l)) v) = length (layer_w l)
  /\ forall i, (i < length (layer_w l))%nat ->
       zvec (layer_values unit (clear_rows D (with_biases l)) v) i
       = IZR (Zpos (D * unit)) * affine n (layer_of l) a i.
Proof.
  intros Hw Hb HD Hv Ha. unfold layer_values, clear_rows.
  assert (Hlen : length (with_biases l) = length (layer_w l)).
  { unfold with_biases. rewrite map_length, combine_length. lia. }
  split; [now rewrite !map_length|]. intros i Hi.
  destruct (with_biases_spec n l i Hw Hb Hi) as (_ & E & Hr).
  unfold zvec at 1. rewrite map_map, (nth_map_lt _ _ i []) by (rewrite Hlen; exact Hi).
  assert (Hd : forallb (divides D) (nth i (with_biases l) []) = true).
  { apply (forallb_nth _ _ [] HD). now rewrite Hlen. }
  set (r := nth i (with_biases l) []) in *.
  rewrite (zdot_sum (n + 1)); [|unfold clear_row; rewrite map_length, E, app_length; simpl; lia
    |rewrite app_length; simpl; lia].
  rewrite (sum_ext (n + 1) _ (fun q => zvec (v ++ [Zpos unit]) q * zvec (clear_row D r) q))
    by (intros; ring).
  rewrite sum_app by exact Hv. rewrite (clear_row_spec D r Hd n).
  unfold affine. simpl bias. simpl weight. unfold entry2, entry.
  rewrite (sum_ext n _ (fun q => (IZR (Zpos D) * IZR (Zpos unit))
    * (Q2R (nth q (nth i (layer_w l) []) 0%Q) * a q))).
  - rewrite sum_scal, E, app_nth2, Hr, Nat.sub_diag by lia. simpl nth.
    rewrite Pos2Z.inj_mul, mult_IZR. ring.
  - intros q Hq. rewrite (clear_row_spec D r Hd q), E, app_nth1, Ha by lia. ring.
Qed.

(** ** What the integers stand for *)
Section Sound.
Variable S : layer_setting.
Variable A : positive.
Hypothesis A_ok : forallb (all_divide A) (activation_pieces S) = true.
Hypothesis form : negb (Nat.eqb (length (knots S)) 0) = true /\ increasing (knots S) = true
  /\ length (piece_slopes S) = (1 + length (knots S))%nat.
Notation p := (layer_problem_of S).
Notation N := (data_points p).
Notation pcs := (map (clear_piece A) (activation_pieces S)).


Lemma activation_spec pc t : In pc (activation_pieces S) -> above (low pc) t -> below (high pc) t ->
  activation p t = Q2R (slope pc) * t + Q2R (shift pc).
Proof.
  destruct form as (Hk & Hi & Hl). intros Hpc Ha Hb. simpl. unfold activation_of.
  destruct (piece_slopes S) as [|s0 ss] eqn:Es; [discriminate|].
  assert (E : map fst (combine (knots S) ss) = knots S).
  { clear -Hl. simpl in Hl. injection Hl as Hl. revert ss Hl. induction (knots S) as [|k ks IH];
    intros [|s ss] Hl; try discriminate; auto. simpl. f_equal. apply IH. simpl in Hl. lia. }
  unfold activation_pieces in Hpc. rewrite Es in Hpc. simpl hd in Hpc. simpl tl in Hpc.
  assert (Eh : hd 0 (map Q2R (knots S)) = Q2R (hd 0%Q (knots S))).
  { destruct (knots S); [discriminate | reflexivity]. }
  rewrite Eh. simpl hd. simpl tl. rewrite combine_map2.
  apply (pieces_spec (combine (knots S) ss) None _ _ _ pc t); auto. now rewrite E.
Qed.

Lemma piece_divides pc : In pc (activation_pieces S) -> all_divide A pc = true.
Proof. intros H. rewrite forallb_forall in A_ok. now apply A_ok. Qed.

Lemma scaled_le unit t h tau : divides A h = true -> IZR t = IZR (Zpos unit) * tau ->
  (t * Zpos A <= clear A h * Zpos unit)%Z <-> tau <= Q2R h.
Proof.
  intros H Ht. pose proof (IZR_Zpos unit). pose proof (IZR_Zpos A).
  assert (0 < IZR (Zpos unit) * IZR (Zpos A)) by now apply Rmult_lt_0_compat.
  split; intros E.
  - apply IZR_le in E. rewrite !mult_IZR, (clear_spec A h H), Ht in E. nra.
  - apply le_IZR. rewrite !mult_IZR, (clear_spec A h H), Ht. nra.
Qed.
Lemma scaled_lt unit t h tau : divides A h = true -> IZR t = IZR (Zpos unit) * tau ->
  ((t * Zpos A < clear A h * Zpos unit)%Z <-> tau < Q2R h)
  /\ ((clear A h * Zpos unit < t * Zpos A)%Z <-> Q2R h < tau).
Proof.
  intros H Ht. pose proof (IZR_Zpos unit). pose proof (IZR_Zpos A).
  assert (0 < IZR (Zpos unit) * IZR (Zpos A)) by now apply Rmult_lt_0_compat.
  repeat split; intros E.
  - apply IZR_lt in E. rewrite !mult_IZR, (clear_spec A h H), Ht in E. nra.
  - apply lt_IZR. rewrite !mult_IZR, (clear_spec A h H), Ht. nra.
  - apply IZR_lt in E. rewrite !mult_IZR, (clear_spec A h H), Ht in E. nra.
  - apply lt_IZR. rewrite !mult_IZR, (clear_spec A h H), Ht. nra.
Qed.

Lemma piece_at_pieces later unit t tau : IZR t = IZR (Zpos unit) * tau ->
  forall lowest knot height slope0,
  forallb (all_divide A) (pieces lowest knot height slope0 later) = true -> above lowest tau ->
  exists pc, In pc (pieces lowest knot height slope0 later)
    /\ piece_at A unit (map (clear_piece A) (pieces lowest knot height slope0 later)) t
       = clear_piece A pc
    /\ above (low pc) tau /\ below (high pc) tau.
Proof.
  intros Ht. induction later as [|[k' s'] later IH]; intros lowest knot height slope0 Hd Hlow.
  - simpl. eexists. split; [left; reflexivity|]. split; [reflexivity|]. simpl. tauto.
  - simpl in Hd. apply andb_prop in Hd as [Hd Hd'].
    simpl pieces. simpl map. simpl piece_at.
    assert (Hk : divides A k' = true).
    { unfold all_divide in Hd. simpl in Hd. repeat rewrite andb_true_iff in Hd. tauto. }
    destruct (Z.leb_spec (t * Zpos A) (clear A k' * Zpos unit)) as [E|E].
    + apply (scaled_le unit t k' tau Hk Ht) in E. eexists. split; [left; reflexivity|].
      split; [reflexivity|]. simpl. tauto.
    + apply (proj2 (scaled_lt unit t k' tau Hk Ht)) in E.
      destruct (IH (Some k') k' _ s' Hd' E) as (pc & H1 & H2 & H3).
      exists pc. split; [right; exact H1|]. split; [exact H2 | exact H3].
Qed.
Lemma piece_at_spec unit t tau : IZR t = IZR (Zpos unit) * tau ->
  exists pc, In pc (activation_pieces S) /\ piece_at A unit pcs t = clear_piece A pc
    /\ above (low pc) tau /\ below (high pc) tau.
Proof. intros Ht. apply piece_at_pieces; auto. exact I. Qed.

Lemma at_piece_spec unit pc t tau : In pc (activation_pieces S) -> IZR t = IZR (Zpos unit) * tau ->
  IZR (at_piece unit (clear_piece A pc) t)
  = IZR (Zpos (A * unit)) * (Q2R (slope pc) * tau + Q2R (shift pc)).
Proof.
  intros Hpc Ht. apply piece_divides in Hpc. unfold all_divide in Hpc.
  repeat rewrite andb_true_iff in Hpc. destruct Hpc as [[_ Hs] Hq].
  unfold at_piece. simpl. rewrite plus_IZR, !mult_IZR, !clear_spec, Ht by auto.
  rewrite Pos2Z.inj_mul, mult_IZR. ring.
Qed.
Lemma activate_spec unit t tau : IZR t = IZR (Zpos unit) * tau ->
  IZR (activate A pcs unit t) = IZR (Zpos (A * unit)) * activation p tau.
Proof.
  intros Ht. destruct (piece_at_spec unit t tau Ht) as (pc & H & E & Ha & Hb).
  unfold activate. rewrite E, (at_piece_spec unit pc t tau H Ht).
  now rewrite (activation_spec pc tau H Ha Hb).
Qed.

(** Strictly inside: so are all values near by. *)
Definition inside (pc : piece Q) (t : R) : Prop :=
  above (low pc) t /\ match high pc with Some b => t < Q2R b | None => True end.
Lemma strictly_inside_spec unit pc t tau : In pc (activation_pieces S) ->
  IZR t = IZR (Zpos unit) * tau -> strictly_inside A unit (clear_piece A pc) t = true ->
  inside pc tau.
Proof.
  intros Hpc Ht H. apply piece_divides in Hpc. unfold all_divide in Hpc.
  repeat rewrite andb_true_iff in Hpc. destruct Hpc as [[[Hl Hh] _] _].
  unfold strictly_inside in H. simpl in H. apply andb_prop in H as [H1 H2]. split.
  - destruct (low pc) as [a|]; simpl in *; [|exact I].
    apply Z.ltb_lt in H1. now apply (proj2 (scaled_lt unit t a tau Hl Ht)) in H1.
  - destruct (high pc) as [b|]; simpl in *; [|exact I].
    apply Z.ltb_lt in H2. now apply (proj1 (scaled_lt unit t b tau Hh Ht)) in H2.
Qed.
Lemma inside_closed pc t : inside pc t -> above (low pc) t /\ below (high pc) t.
Proof.
  intros [H1 H2]. split; [exact H1|]. destruct (high pc); simpl in *; [lra | exact I].
Qed.
Lemma inside_near pc tau : inside pc tau ->
  exists eps, 0 < eps /\ forall u, Rabs (u - tau) < eps -> inside pc u.
Proof.
  intros [H1 H2].
  assert (E1 : exists e, 0 < e /\ forall u, Rabs (u - tau) < e -> above (low pc) u).
  { destruct (low pc) as [a|]; simpl in *; [|exists 1; split; [lra | auto]].
    exists (tau - Q2R a). split; [lra|]. intros u Hu. apply Rabs_def2 in Hu. lra. }
  assert (E2 : exists e, 0 < e /\ forall u, Rabs (u - tau) < e ->
    match high pc with Some b => u < Q2R b | None => True end).
  { destruct (high pc) as [b|]; simpl in *; [|exists 1; split; [lra | auto]].
    exists (Q2R b - tau). split; [lra|]. intros u Hu. apply Rabs_def2 in Hu. lra. }
  destruct E1 as (e1 & He1 & F1), E2 as (e2 & He2 & F2). exists (Rmin e1 e2).
  split; [now apply Rmin_glb_lt|]. intros u Hu.
  pose proof (Rmin_l e1 e2). pose proof (Rmin_r e1 e2). split; [apply F1 | apply F2]; lra.
Qed.
Definition line_of (pc : piece Q) : R * R := (Q2R (slope pc), Q2R (shift pc)).
Lemma inside_linear pc t : In pc (activation_pieces S) ->
  (forall k, (k < N)%nat -> inside pc (t k)) -> linear_near p (line_of pc) t.
Proof.
  intros Hpc H. destruct (finite_radius N (fun k e => forall u, Rabs (u - t k) < e ->
    inside pc u)) as (eps & He & F).
  - intros k e e' G He' u Hu. apply G. lra.
  - intros k Hk. apply inside_near. now apply H.
  - exists eps. split; [exact He|]. intros k u Hk Hu.
    destruct (inside_closed pc u (F k Hk u Hu)). now apply activation_spec.
Qed.
Definition activation_row (q : list (piece Q)) : Prop :=
  forall pc, In pc q -> In pc (activation_pieces S).
Lemma pieces_found unit ts : exists q, activation_row q
  /\ map (piece_at A unit pcs) ts = map (clear_piece A) q.
Proof.
  induction ts as [|t ts (q & Hq & E)]; [exists []; split; [intros pc [] | reflexivity]|].
  pose proof (IZR_Zpos unit).
  destruct (piece_at_spec unit t (IZR t / IZR (Zpos unit))) as (pc & Hpc & E' & _).
  { field. lra. }
  exists (pc :: q). split; [intros pc' [<-|Hin]; auto|]. simpl. now rewrite E', E.
Qed.

(** ** Layers *)
Definition stands_for (n : nat) (unit : positive) (vs : list row) (a : nat -> vector) : Prop :=
  length vs = N /\ forall k, (k < N)%nat -> length (nth k vs []) = n /\
    forall q, (q < n)%nat -> zvec (nth k vs []) q = IZR (Zpos unit) * a k q.


Lemma layer_stands n D l unit vs a : rows_of_length n (layer_w l) = true ->
  length (layer_b l) = length (layer_w l) -> divides_rows D (with_biases l) = true ->
  stands_for n unit vs a ->
  stands_for (length (layer_w l)) (D * unit)
    (map (layer_values unit (clear_rows D (with_biases l))) vs)
    (fun k => affine n (layer_of l) (a k)).
Proof.
  intros Hw Hb HD [Hlen H]. split; [now rewrite map_length|]. intros k Hk.
  destruct (H k Hk) as [Hv Ha]. rewrite (nth_map_lt _ _ k []) by (rewrite Hlen; exact Hk).
  now apply layer_values_spec.
Qed.
Lemma activated_stands n unit vs a : stands_for n unit vs a ->
  stands_for n (A * unit) (map (map (activate A pcs unit)) vs) (fun k i => activation p (a k i)).
Proof.
  intros [Hlen H]. split; [now rewrite map_length|]. intros k Hk. destruct (H k Hk) as [Hv Ha].
  rewrite (nth_map_lt _ _ k []) by (rewrite Hlen; exact Hk). split; [now rewrite map_length|].
  intros q Hq. unfold zvec. rewrite (nth_map_lt _ _ q 0%Z) by (rewrite Hv; exact Hq).
  apply activate_spec. now apply Ha.
Qed.

Lemma one_piece_spec n unit ts t q : stands_for n unit ts t -> activation_row q ->
  forallb (for_all2 (strictly_inside A unit) (map (clear_piece A) q)) ts = true ->
  forall i, (i < n)%nat -> linear_near p (nth i (map line_of q) (0, 0)) (fun k => t k i).
Proof.
  intros [Hlen H] Hq Hall i Hi.
  destruct (Nat.eq_dec N 0) as [HN|HN].
  { exists 1. split; [lra|]. intros k u Hk. lia. }
  assert (Hlq : length q = n).
  { destruct (H 0%nat ltac:(lia)) as [Hl0 _]. pose proof (forallb_nth _ _ [] Hall 0%nat ltac:(lia)) as F.
    apply (for_all2_spec _ _ _ (Piece None None 0 0)%Z 0%Z) in F as [F _].
    rewrite map_length in F. lia. }
  set (none := Piece None None 0%Q 0%Q).
  rewrite (nth_map_lt line_of q i none) by lia.
  apply inside_linear; [apply Hq, nth_In; lia|]. intros k Hk. destruct (H k Hk) as [Hlk Htk].
  pose proof (forallb_nth _ _ [] Hall k ltac:(lia)) as F.
  apply (for_all2_spec _ _ _ (Piece None None 0 0)%Z 0%Z) in F as [_ F].
  specialize (F i ltac:(rewrite map_length; lia)).
  rewrite (nth_map_lt _ q i none) in F by lia.
  apply (strictly_inside_spec unit _ (nth i (nth k ts []) 0%Z) (t k i));
    [apply Hq, nth_In; lia | exact (Htk i Hi) | exact F].
Qed.

Lemma evaluate_cons D l next rest unit vs :
  evaluate A pcs ((D, l) :: next :: rest) unit vs =
  let unit' := (D * unit)%positive in let ts := map (layer_values unit l) vs in
  let first := map (piece_at A unit' pcs) (hd [] ts) in
  let '(ok, (zs, result)) :=
    evaluate A pcs (next :: rest) (A * unit')%positive (map (map (activate A pcs unit')) ts) in
  (forallb (for_all2 (strictly_inside A unit') first) ts && ok, (first :: zs, result)).
Proof. reflexivity. Qed.
Lemma evaluate_spec P : forall ds n unit vs (a : nat -> vector) outputs,
  for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds P = true ->
  fitting n P outputs = true -> stands_for n unit vs a ->
  let '(ok, (zs, (unit', result))) := evaluate A pcs (clear_layers ds P) unit vs in
  stands_for outputs unit' result (fun k => run p n (layers_of P) (a k))
  /\ exists qs, (forall q, In q qs -> activation_row q) /\ zs = map (map (clear_piece A)) qs
     /\ (ok = true -> on_linear_pieces p (map (map line_of) qs) n (layers_of P) a).
Proof.
  induction P as [|l P IH]; intros [|D ds] n unit vs a outputs HD Hf Hs; try discriminate.
  - simpl in *. apply Nat.eqb_eq in Hf as <-. split; [exact Hs|]. exists [].
    split; [intros q []|]. split; [reflexivity | intros; exact I].
  - simpl in HD. apply andb_prop in HD as [HD HDs]. simpl in Hf.
    apply andb_prop in Hf as [Hf Hfit]. apply andb_prop in Hf as [Hw Hb].
    apply Nat.eqb_eq in Hb.
    pose proof (layer_stands n D l unit vs a Hw Hb HD Hs) as Ht.
    destruct P as [|l2 P].
    + destruct ds; [|discriminate]. simpl in Hfit. apply Nat.eqb_eq in Hfit. subst outputs.
      simpl. split; [exact Ht|]. exists []. split; [intros q []|]. split; [reflexivity | intros; exact I].
    + destruct ds as [|D2 ds]; [discriminate|].
      specialize (IH (D2 :: ds) (length (layer_w l)) (A * (D * unit))%positive _ _ outputs HDs Hfit
        (activated_stands _ _ _ _ Ht)).
      change (clear_layers (D :: D2 :: ds) (l :: l2 :: P))
        with ((D, clear_rows D (with_biases l)) :: clear_layers (D2 :: ds) (l2 :: P)).
      destruct (clear_layers (D2 :: ds) (l2 :: P)) as [|next rest] eqn:En; [discriminate|].
      rewrite evaluate_cons. cbv zeta.
      destruct (evaluate A pcs (next :: rest) _ _) as [ok [zs [u r]]].
      destruct IH as [IH1 (qs & Hqs & Ez & IH2)]. split; [exact IH1|].
      match goal with |- context [map (piece_at A _ _) ?first] =>
        destruct (pieces_found (D * unit) first) as (q & Hq & Eq) end.
      exists (q :: qs). split; [intros q' [<-|Hin]; auto|]. split; [now rewrite Eq, Ez|].
      intros Hok. apply andb_prop in Hok as [Hone Hok]. rewrite Eq in Hone.
      split; [|now apply IH2]. intros i Hi. apply (one_piece_spec _ _ _ _ q Ht Hq Hone i Hi).
Qed.
End Sound.

Section Certified.
Variables (S : layer_setting) (P : list layer_parameters) (D : layer_denominators).
Hypothesis Hok : layers_ok S P D = true.
Notation p := (layer_problem_of S). Notation P0 := (layers_of P).
Notation N := (data_points p). Notation J := (labels p). Notation d := (features p).
Notation DX := (den_features D). Notation DY := (den_labels D).

Lemma layers_ok_parts :
  (forallb (all_divide (den_activation D)) (activation_pieces S) = true
   /\ divides_rows DX (features_x S) = true /\ divides_rows DY (labels_y S) = true
   /\ for_all2 (fun Dl l => divides_rows Dl (with_biases l)) (den_layers D) P = true)
  /\ (negb (Nat.eqb (length (knots S)) 0) = true /\ increasing (knots S) = true
      /\ length (piece_slopes S) = (1 + length (knots S))%nat)
  /\ rows_of_length d (features_x S) = true /\ rows_of_length J (labels_y S) = true
  /\ length (labels_y S) = N
  /\ (forall delta, huber_delta S = Some delta -> 0 < Q2R delta)
  /\ 0 < factor p /\ fitting d P J = true.
Proof.
  unfold layers_ok, layers_well_formed in Hok. repeat rewrite andb_true_iff in Hok.
  rewrite !Nat.eqb_eq in Hok.
  destruct Hok as ((((H1 & H2) & H3) & H4) & H5).
  destruct H1 as (((((((((A1 & A2) & A3) & A4) & A5) & A6) & A7) & A8) & A9) & A10).
  repeat split; auto.
  - intros delta E. rewrite E in A7. apply Q2R_pos. now apply Z.ltb_lt.
  - apply Q2R_pos. now apply Z.ltb_lt.
Qed.
Lemma huber_positive delta : huber p = Some delta -> 0 < delta.
Proof.
  simpl. destruct (huber_delta S) as [q|] eqn:E; simpl; intros H; [|discriminate].
  injection H as <-. now apply layers_ok_parts.
Qed.
Lemma inputs_stand : stands_for S d DX (clear_rows DX (features_x S)) (feature p).
Proof.
  destruct layers_ok_parts as ((_ & H & _) & _ & Hr & _). split; [unfold clear_rows; now rewrite map_length|].
  intros k Hk. split.
  - apply (all_sized_nth d _ k (clear_rows_sized d DX _ Hr)).
    unfold clear_rows. rewrite map_length. exact Hk.
  - intros q _. apply (clear_rows_spec DX _ H k q).
Qed.
Lemma evaluated_spec : let '(ok, (zs, (unit, outputs))) := evaluated S P D in
  stands_for S J unit outputs (output_of p P0)
  /\ exists qs, (forall q, In q qs -> activation_row S q)
     /\ zs = map (map (clear_piece (den_activation D))) qs
     /\ (ok = true -> on_linear_pieces p (map (map line_of) qs) d P0 (feature p)).
Proof.
  destruct layers_ok_parts as ((HA & _ & _ & HP) & Hform & _ & _ & _ & _ & _ & Hfit).
  exact (evaluate_spec S (den_activation D) HA Hform P (den_layers D) d DX _ (feature p) J HP Hfit
    inputs_stand).
Qed.
Lemma outputs_are_last n l : fitting n l J = true -> last_rows n (layers_of l) = J.
Proof.
  revert n. induction l as [|a l IH]; intros n H; simpl in *; [now apply Nat.eqb_eq|].
  apply andb_prop in H as [_ H]. now apply IH.
Qed.

Section Outputs.
Variables (unit : positive) (outputs : list row).
Hypothesis Houtputs : stands_for S J unit outputs (output_of p P0).
Notation U := (IZR (Zpos (residual_unit S D unit))).
Notation errors := (error_rows S D unit outputs).
Notation slopes := (slope_rows S D unit errors).

Lemma error_rows_spec : length errors = N /\ forall k, (k < N)%nat ->
  length (nth k errors []) = J /\ forall j, (j < J)%nat ->
    zvec (nth k errors []) j = U * (output_of p P0 k j - label p k j).
Proof.
  destruct layers_ok_parts as ((_ & _ & HY & _) & _ & _ & Hr & Hy & _).
  destruct Houtputs as [Ho H].
  set (ys := clear_rows DY (labels_y S)).
  assert (Hys : length ys = N) by (unfold ys, clear_rows; now rewrite map_length).
  assert (Hc : length (combine outputs ys) = N) by (rewrite combine_length; lia).
  split; [unfold error_rows; now rewrite map_length|]. intros k Hk.
  assert (Hl : length (nth k ys []) = J).
  { apply all_sized_nth; [now apply clear_rows_sized | now rewrite Hys]. }
  destruct (H k Hk) as [Hlo Hvo]. unfold error_rows.
  rewrite (nth_map_lt _ _ k ([], [])) by (fold ys; now rewrite Hc).
  fold ys. rewrite combine_nth by congruence. cbn [fst snd].
  split; [rewrite length_vadd; rewrite !length_smul; congruence|]. intros j Hj.
  rewrite zvec_vadd, !zvec_smul, Hvo by (rewrite ?length_smul; auto; congruence).
  change (zvec (nth k ys []) j) with (zmat ys k j). unfold ys.
  rewrite (clear_rows_spec DY _ HY k j). unfold residual_unit.
  rewrite !Pos2Z.inj_mul, opp_IZR, !mult_IZR. simpl label. unfold entry2, entry. ring.
Qed.

Lemma slope_rows_spec : length slopes = N /\ forall k, (k < N)%nat ->
  length (nth k slopes []) = J /\ forall j, (j < J)%nat ->
    zvec (nth k slopes []) j = U * layer_slope p P0 k j.
Proof.
  destruct error_rows_spec as [Hl H]. unfold slope_rows, layer_slope, half_slope.
  destruct layers_ok_parts as (_ & _ & _ & _ & _ & Hpos & _).
  change (huber p) with (option_map Q2R (huber_delta S)).
  destruct (huber_delta S) as [delta|] eqn:Ed; simpl option_map; [|split; [exact Hl | exact H]].
  split; [now rewrite map_length|]. intros k Hk. destruct (H k Hk) as [Hlk Hv].
  rewrite (nth_map_lt _ _ k []) by (now rewrite Hl). split; [now rewrite map_length|].
  intros j Hj. unfold zvec at 1. rewrite (nth_map_lt _ _ j 0%Z) by (now rewrite Hlk).
  specialize (Hv j Hj). unfold zvec in Hv. set (e := nth j (nth k errors []) 0%Z) in *.
  set (r := output_of p P0 k j - label p k j) in *.
  assert (HU : 0 < U) by apply IZR_Zpos.
  assert (Hb : IZR (Qnum delta * Zpos (unit * DY)) = U * Q2R delta).
  { unfold residual_unit, delta_of. rewrite Ed, !Pos2Z.inj_mul, !mult_IZR.
    rewrite <- (Q2R_num delta). ring. }
  unfold clip. set (b := (Qnum delta * Zpos (unit * DY))%Z) in *.
  destruct (Z.le_gt_cases b e) as [Hbe|Hbe].
  - rewrite Z.min_l by exact Hbe. apply IZR_le in Hbe. rewrite Hb, Hv in Hbe.
    specialize (Hpos delta eq_refl). assert (Hr : Q2R delta <= r) by nra.
    rewrite Rmin_left, Rmax_right by lra. rewrite <- Hb. f_equal. apply Z.max_r.
    apply le_IZR. rewrite opp_IZR, Hb. nra.
  - rewrite Z.min_r by lia. apply IZR_lt in Hbe. rewrite Hb, Hv in Hbe.
    assert (Hr : r < Q2R delta) by nra. rewrite Rmin_right by lra.
    destruct (Z.le_gt_cases (- b) e) as [Hlow|Hlow].
    + rewrite Z.max_r by exact Hlow. apply IZR_le in Hlow. rewrite opp_IZR, Hb, Hv in Hlow.
      rewrite Rmax_right by nra. exact Hv.
    + rewrite Z.max_l by lia. apply IZR_lt in Hlow. rewrite opp_IZR, Hb, Hv in Hlow.
      rewrite Rmax_left by nra. rewrite opp_IZR, Hb. ring.
Qed.

Lemma total_spec : IZR (zsum (map (fun eg => penalty_sum (fst eg) (snd eg)) (combine errors slopes)))
  * factor p = U * U * layers_loss p P0.
Proof.
  destruct error_rows_spec as [Hle He], slope_rows_spec as [Hls Hs].
  assert (Hc : length (combine errors slopes) = N) by (rewrite combine_length; lia).
  rewrite (zsum_sum N) by (now rewrite map_length). unfold layers_loss.
  rewrite (sum_ext N _ (fun k => U * U * sum J (fun j =>
    penalty (huber p) (output_of p P0 k j - label p k j)))).
  - rewrite sum_scal. ring.
  - intros k Hk. destruct (He k Hk) as [Hlek Hek], (Hs k Hk) as [Hlsk Hsk].
    unfold zvec at 1. rewrite (nth_map_lt _ _ k ([], [])) by (now rewrite Hc).
    rewrite combine_nth by congruence. unfold penalty_sum. cbn [fst snd].
    rewrite (zdot_sum J) by (rewrite ?length_vadd, ?length_smul; rewrite ?length_smul; congruence).
    rewrite <- sum_scal. apply sum_ext. intros j Hj.
    rewrite zvec_vadd, !zvec_smul, Hek, Hsk by (rewrite ?length_smul; congruence).
    rewrite (penalty_value (huber p)) by exact huber_positive. unfold layer_slope. ring.
Qed.
End Outputs.

Lemma loss_sound value : check_layers_loss S P D value = true -> layers_loss_is S P value.
Proof.
  intros H. unfold check_layers_loss in H. rewrite Hok in H. simpl andb in H.
  pose proof evaluated_spec as E. destruct (evaluated S P D) as [ok [zs [unit outputs]]].
  destruct E as [E _]. apply Z.eqb_eq in H. apply (f_equal IZR) in H. rewrite !mult_IZR in H.
  pose proof (total_spec unit outputs E) as T. unfold layers_loss_is.
  set (total := zsum _) in *. set (U := IZR (Zpos (residual_unit S D unit))) in *.
  assert (HU : 0 < U) by apply IZR_Zpos.
  change (factor p) with (Q2R (loss_factor S)) in T.
  rewrite <- !Q2R_num in H.
  pose proof (IZR_Zpos (Qden (loss_factor S))). pose proof (IZR_Zpos (Qden value)).
  apply (Rmult_eq_reg_l (IZR (Zpos (Qden (loss_factor S))) * IZR (Zpos (Qden value)) * (U * U)));
    [|apply Rgt_not_eq; repeat apply Rmult_lt_0_compat; auto].
  transitivity (IZR (Zpos (Qden (loss_factor S))) * IZR (Zpos (Qden value))
    * (U * U * layers_loss p P0)); [ring|]. rewrite <- T.
  transitivity (Q2R (loss_factor S) * IZR (Zpos (Qden (loss_factor S))) * IZR total
    * IZR (Zpos (Qden value))); [ring|].
  rewrite H, Pos2Z.inj_mul, mult_IZR. fold U. ring.
Qed.

Lemma minimum_sound : check_layers_local_minimum S P D = true ->
  (exists lines, on_linear_pieces p lines d P0 (feature p)) /\ affine_normal_equations p P0.
Proof.
  intros H. unfold check_layers_local_minimum in H. rewrite Hok in H. simpl andb in H.
  pose proof evaluated_spec as E. destruct (evaluated S P D) as [ok [zs [unit outputs]]].
  destruct E as [E (qs & _ & _ & Hpieces)]. apply andb_prop in H as [Hone H].
  split; [now exists (map (map line_of) qs); apply Hpieces|].
  destruct layers_ok_parts as ((_ & HX & _) & _ & Hr & _).
  destruct (slope_rows_spec unit outputs E) as [Hls Hs].
  set (slopes := slope_rows S D unit (error_rows S D unit outputs)) in *.
  set (U := IZR (Zpos (residual_unit S D unit))) in *.
  assert (HU : 0 < U) by apply IZR_Zpos.
  set (xs := map _ (clear_rows DX (features_x S))) in *.
  assert (Hxs : length xs = N) by (unfold xs, clear_rows; now rewrite !map_length).
  assert (Hsized : all_sized (d + 1) xs).
  { intros r Hin. apply in_map_iff in Hin as [r' [<- Hin]]. rewrite app_length.
    rewrite (clear_rows_sized d DX _ Hr r' Hin). reflexivity. }
  assert (Hrow : forall k, (k < N)%nat -> nth k xs [] = nth k (clear_rows DX (features_x S)) [] ++ [Zpos DX]
    /\ length (nth k (clear_rows DX (features_x S)) []) = d).
  { intros k Hk. split.
    - unfold xs. rewrite (nth_map_lt _ _ k []); [reflexivity|].
      unfold clear_rows. rewrite map_length. exact Hk.
    - apply all_sized_nth; [now apply clear_rows_sized | unfold clear_rows; now rewrite map_length]. }
  intros j Hj. rewrite forallb_forall in H. specialize (H j ltac:(apply in_seq; simpl in Hj; lia)).
  assert (G : forall q, sum N (fun k => U * layer_slope p P0 k j * zmat xs k q) = 0).
  { intros q. rewrite <- (all_zero_spec _ H q).
    rewrite (lincomb_spec (feature_count S + 1) N); auto.
    - apply sum_ext. intros k Hk. f_equal. unfold height, zvec.
      rewrite (nth_map_lt _ _ k []) by (now rewrite Hls). symmetry. now apply Hs.
    - unfold height. now rewrite map_length. }
  pose proof (IZR_Zpos DX) as HDX. split.
  - specialize (G d). rewrite (sum_ext N _ (fun k => (U * IZR (Zpos DX)) * layer_slope p P0 k j)) in G.
    + rewrite sum_scal in G. apply Rmult_integral in G as [G|G]; [nra | exact G].
    + intros k Hk. unfold zmat. destruct (Hrow k Hk) as [-> Hl]. rewrite <- Hl, zvec_last. ring.
  - intros q Hq. specialize (G q).
    rewrite (sum_ext N _ (fun k => (U * IZR (Zpos DX)) * (layer_slope p P0 k j * feature p k q))) in G.
    + rewrite sum_scal in G. apply Rmult_integral in G as [G|G]; [nra | exact G].
    + intros k Hk. unfold zmat at 1. destruct (Hrow k Hk) as [-> Hl]. unfold zvec.
      rewrite app_nth1 by lia.
      change (IZR (nth q (nth k (clear_rows DX (features_x S)) []) 0%Z))
        with (zmat (clear_rows DX (features_x S)) k q).
      rewrite (clear_rows_spec DX _ HX k q).
      change (feature p k q) with (Q2R (nth q (nth k (features_x S) []) 0%Q)). ring.
Qed.
End Certified.

Theorem check_layers_loss_sound S P D value : check_layers_loss S P D value = true ->
  layers_loss_is S P value.
Proof. intros H. apply (loss_sound S P D); [now apply andb_prop in H|exact H]. Qed.
Lemma normal_equations_sound S P D : check_layers_local_minimum S P D = true ->
  affine_normal_equations (layer_problem_of S) (layers_of P).
Proof. intros H. apply (minimum_sound S P D); [now apply andb_prop in H|exact H]. Qed.
Theorem check_layers_local_minimum_sound S P D : check_layers_local_minimum S P D = true ->
  layers_is_local_minimum S P.
Proof.
  intros H. assert (Hok : layers_ok S P D = true) by (now apply andb_prop in H).
  destruct (layers_ok_parts S P D Hok) as (_ & _ & _ & _ & _ & _ & Hfactor & Hfit).
  destruct (minimum_sound S P D Hok H) as [[lines Hlines] Hnormal].
  apply (linear_piece_local_minimum _ Hfactor (huber_positive S P D Hok) _ lines); auto.
  now apply (outputs_are_last S).
Qed.

Lemma same_lengths_spec P' P : same_lengths P' P = true ->
  same_sizes (layers_of P) (layers_of P').
Proof.
  unfold same_sizes, layers_of. rewrite !map_map. revert P.
  induction P' as [|l P' IH]; intros [|l' P] H; simpl in *; try discriminate; auto.
  apply andb_prop in H as [H1 H2]. apply Nat.eqb_eq in H1. f_equal; auto.
Qed.
Theorem check_layers_spurious_sound S P D value better better_D better_value :
  check_layers_spurious S P D value better better_D better_value = true ->
  layers_is_spurious S P value better better_value.
Proof.
  unfold check_layers_spurious. intros H. repeat rewrite andb_true_iff in H.
  destruct H as ((((H1 & H2) & H3) & H4) & H5).
  split; [now apply (check_layers_local_minimum_sound S P D)|].
  split; [now apply (check_layers_loss_sound S P D)|].
  split; [|split; [now apply (check_layers_loss_sound S better better_D)|]].
  - now apply same_lengths_spec.
  - apply negb_true_iff in H5. apply Rnot_le_lt. intros Hle. apply Rle_Qle in Hle.
    apply Qle_bool_iff in Hle. congruence.
Qed.
