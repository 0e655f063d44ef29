(** One output, inside an open cell: the networks near a minimum with its loss are a manifold, the
    graph of rational functions of some parameters. *)
From Coq Require Import ZArith QArith Qreals Reals String Ascii Lra Lia List Bool FinFun Permutation.
From Exactland Require Import Definitions Sums Expansion Claims CellClaims LayerDefinitions
  ValleyClaims Integers Prepare Facts Functional Checks CellMinimum CellComponents.
Import ListNotations.
Local Open Scope R_scope.

(** ** Parameters as elements of lists *)
Definition same_parameter (q q' : parameter) : bool :=
  match q, q' with
  | Weight l i a, Weight l' i' a' => Nat.eqb l l' && Nat.eqb i i' && Nat.eqb a a'
  | Bias l i, Bias l' i' => Nat.eqb l l' && Nat.eqb i i'
  | _, _ => false
  end.
Lemma same_parameter_eq q q' : same_parameter q q' = true <-> q = q'.
Proof.
  destruct q, q'; simpl; rewrite ?andb_true_iff, ?Nat.eqb_eq; split; intros H; try discriminate;
    try (injection H; intros; subst; tauto); destruct H as [H1 H2]; try destruct H1; now subst.
Qed.
Definition listed_in (l : list parameter) (q : parameter) : bool := existsb (same_parameter q) l.
Lemma listed_in_spec l q : listed_in l q = true <-> In q l.
Proof.
  unfold listed_in. rewrite existsb_exists. split.
  - intros (q' & H & E). apply same_parameter_eq in E. now subst.
  - intros H. exists q. split; [exact H | now apply same_parameter_eq].
Qed.
Lemma fsum_split {A} (test : A -> bool) f l :
  fsum f l = fsum f (filter test l) + fsum f (filter (fun a => negb (test a)) l).
Proof. induction l as [|a l IH]; simpl; [lra|]. destruct (test a); simpl; rewrite IH; lra. Qed.
Lemma fsum_permutation {A} (f : A -> R) l l' : Permutation l l' -> fsum f l = fsum f l'.
Proof. induction 1; simpl; lra. Qed.
Lemma fsum_nth {A} (f : A -> R) l dflt : fsum f l = sum (length l) (fun k => f (nth k l dflt)).
Proof.
  induction l as [|a l IH]; [reflexivity|]. simpl length. rewrite sum_shift. simpl. now rewrite IH.
Qed.

(** The parameters in which the predictions are linear, up to output weights. *)
Definition linear_parameters (p : problem) (m : nat) : list parameter :=
  flat_map (fun i => map (Weight 0 i) (seq 0 (inputs p))) (seq 0 m)
  ++ (if has_output_bias p then [Bias 1 0] else []).
Lemma in_weights d m q : In q (flat_map (fun i => map (Weight 0 i) (seq 0 d)) (seq 0 m)) <->
  exists i a, (i < m)%nat /\ (a < d)%nat /\ q = Weight 0 i a.
Proof.
  rewrite in_flat_map. split.
  - intros (i & Hi & H). apply in_map_iff in H as (a & <- & Ha). apply in_seq in Hi, Ha.
    exists i, a. repeat split; lia.
  - intros (i & a & Hi & Ha & ->). exists i. split; [apply in_seq; lia|].
    apply in_map, in_seq. lia.
Qed.
Lemma nodup_app {A} (l l' : list A) : NoDup l -> NoDup l' -> (forall q, In q l -> ~ In q l') ->
  NoDup (l ++ l').
Proof.
  induction 1 as [|q l Hq _ IH]; intros Hl' H; simpl; [exact Hl'|]. constructor.
  - rewrite in_app_iff. intros [|E]; [contradiction|]. now apply (H q (or_introl eq_refl)).
  - apply IH; [exact Hl'|]. intros q' Hq'. apply H. now right.
Qed.
Lemma nodup_weights d m : NoDup (flat_map (fun i => map (Weight 0 i) (seq 0 d)) (seq 0 m)).
Proof.
  generalize 0%nat at 3 as s. induction m as [|m IH]; intros s; [constructor|]. simpl.
  apply nodup_app; [|apply IH|].
  - apply Injective_map_NoDup; [|apply seq_NoDup]. intros a b E. now injection E.
  - intros q Hq H. apply in_map_iff in Hq as (a & <- & _). apply in_flat_map in H as (i & Hi & H).
    apply in_map_iff in H as (b & E & _). injection E as -> _. apply in_seq in Hi. lia.
Qed.
Lemma nodup_linear p m : NoDup (linear_parameters p m).
Proof.
  unfold linear_parameters. destruct (has_output_bias p); [|rewrite app_nil_r; apply nodup_weights].
  apply (Permutation_NoDup (Permutation_cons_append _ _)). constructor; [|apply nodup_weights].
  intros H. apply in_weights in H as (i & a & _ & _ & E). discriminate.
Qed.

Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Hypothesis one_output : outputs p = 1%nat.
Notation N := (points p). Notation d := (inputs p). Notation x := (input p). Notation dot := (dot p).
Variable P : network.
Notation m := (width P).
Variable side : nat -> nat -> ascii.
Hypothesis inside : in_cell p P side P.
Hypothesis strict : forall i k, (i < m)%nat -> (k < N)%nat ->
  dot (w P i) (x k) <> 0 \/ forall a, (a < d)%nat -> x k a = 0.
Hypothesis equations : in_cell_equations p P side.
Hypothesis heights : forall i, (i < m)%nat -> h P i 0%nat <> 0.

(** The column of a parameter, and its coefficient. *)
Definition column_of (q : parameter) : vector := fun k =>
  match q with Weight _ i a => side_slope p (side i k) * x k a | Bias _ _ => 1 end.
Definition coefficient (Q : network) (q : parameter) : R :=
  match q with Weight _ i a => h Q i 0%nat * w Q i a | Bias _ _ => c Q 0%nat end.
Notation linear := (linear_parameters p m).

Lemma prediction_linear Q k : in_cell p P side Q -> (k < N)%nat ->
  prediction p Q k 0%nat = fsum (fun q => coefficient Q q * column_of q k) linear.
Proof.
  intros [A B] Hk. unfold prediction, linear_parameters. rewrite A.
  assert (Happ : forall l l', fsum (fun q => coefficient Q q * column_of q k) (l ++ l')
    = fsum (fun q => coefficient Q q * column_of q k) l + fsum (fun q => coefficient Q q * column_of q k) l').
  { induction l as [|q l IH]; intros l'; simpl; [lra | rewrite IH; lra]. }
  rewrite Happ, Rplus_comm. f_equal.
  - assert (E : forall n s, (forall i, (s <= i < s + n)%nat -> (i < m)%nat) ->
      fsum (fun q => coefficient Q q * column_of q k) (flat_map (fun i => map (Weight 0 i) (seq 0 d)) (seq s n))
      = sum n (fun i => h Q (s + i) 0%nat * rho p (dot (w Q (s + i)) (x k)))).
    { induction n as [|n IH]; intros s Hs; [reflexivity|]. rewrite sum_shift. simpl seq. simpl flat_map.
      rewrite Happ. f_equal.
      - rewrite fsum_map, (fsum_nth _ _ 0%nat), seq_length, Nat.add_0_r.
        rewrite (rho_on_side p _ _ (B s k ltac:(apply Hs; lia) Hk)). unfold Definitions.dot.
        rewrite <- !sum_scal. apply sum_ext. intros a Ha. rewrite seq_nth by auto. simpl. ring.
      - rewrite IH by (intros i Hi; apply Hs; lia). apply sum_ext. intros i _.
        now replace (s + S i)%nat with (S s + i)%nat by lia. }
    rewrite (E m 0%nat) by (intros; lia). reflexivity.
  - destruct (has_output_bias p); simpl; ring.
Qed.

(** Pivots: a basis of the span of all columns, with its coordinates. *)
Variables (pivots : list parameter) (lam : nat -> vector).
Notation r := (length pivots).
Notation pivot l := (nth l pivots (Bias 1 0)).
Definition apply_to (f g : vector) : R := sum N (fun k => f k * g k).
Hypothesis pivots_linear : incl pivots linear.
Hypothesis pivots_distinct : NoDup pivots.
Hypothesis dual : forall l l', (l < r)%nat -> (l' < r)%nat ->
  apply_to (lam l) (column_of (pivot l')) = if Nat.eqb l l' then 1 else 0.
Hypothesis spanning : forall q k, In q linear -> (k < N)%nat ->
  column_of q k = sum r (fun l => apply_to (lam l) (column_of q) * column_of (pivot l) k).

Definition others : list parameter := filter (fun q => negb (listed_in pivots q)) linear.
Definition weight_on (l : nat) (q : parameter) : R := apply_to (lam l) (column_of q).
Definition value_at (l : nat) : R := apply_to (lam l) (fun k => prediction p P k 0%nat).

Lemma coordinates_in_pivots Q l : (l < r)%nat ->
  fsum (fun q => coefficient Q q * weight_on l q) linear
  = coefficient Q (pivot l) + fsum (fun q => coefficient Q q * weight_on l q) others.
Proof.
  intros Hl. rewrite (fsum_split (listed_in pivots)). fold others. f_equal.
  rewrite (fsum_permutation _ _ pivots), (fsum_nth _ _ (Bias 1 0)).
  - rewrite (sum_single _ _ l Hl).
    + unfold weight_on. rewrite dual, Nat.eqb_refl by auto. ring.
    + intros l' Hl' Hne. unfold weight_on. rewrite dual by auto.
      destruct (Nat.eqb_spec l l'); [congruence | ring].
  - apply NoDup_Permutation; auto.
    + apply NoDup_filter, nodup_linear.
    + intros q. rewrite filter_In, listed_in_spec. split; [tauto|]. intros H. auto.
Qed.
Lemma applied_prediction Q l : in_cell p P side Q -> (l < r)%nat ->
  apply_to (lam l) (fun k => prediction p Q k 0%nat) = fsum (fun q => coefficient Q q * weight_on l q) linear.
Proof.
  intros HQ Hl. unfold apply_to.
  rewrite (sum_ext N _ (fun k => fsum (fun q => coefficient Q q * (lam l k * column_of q k)) linear)).
  - rewrite <- fsum_sum. apply fsum_ext. intros q _. unfold weight_on, apply_to. now rewrite sum_scal.
  - intros k Hk. rewrite prediction_linear by auto. rewrite <- fsum_scal. apply fsum_ext. intros; ring.
Qed.
Lemma prediction_in_pivots Q k : in_cell p P side Q -> (k < N)%nat -> prediction p Q k 0%nat
  = sum r (fun l => apply_to (lam l) (fun k => prediction p Q k 0%nat) * column_of (pivot l) k).
Proof.
  intros HQ Hk. rewrite prediction_linear by auto.
  rewrite (fsum_ext _ (fun q => sum r (fun l => coefficient Q q * weight_on l q * column_of (pivot l) k))).
  - rewrite fsum_sum. apply sum_ext. intros l Hl. rewrite applied_prediction by auto.
    rewrite Rmult_comm, <- fsum_scal. apply fsum_ext. intros; ring.
  - intros q Hq. rewrite (spanning q k Hq Hk), <- sum_scal. apply sum_ext. intros; unfold weight_on; ring.
Qed.

Theorem equal_loss_iff Q : in_cell p P side Q -> loss p Q = loss p P <->
  forall l, (l < r)%nat ->
    coefficient Q (pivot l) = value_at l - fsum (fun q => coefficient Q q * weight_on l q) others.
Proof.
  intros HQ. pose proof (in_cell_identity p P side equations inside Q HQ) as E.
  rewrite one_output in E.
  assert (Hpred : loss p Q = loss p P <->
    forall k, (k < N)%nat -> prediction p Q k 0%nat = prediction p P k 0%nat).
  { split.
    - intros H k Hk.
      assert (Hz : (prediction p Q k 0%nat - prediction p P k 0%nat) ^ 2 = 0).
      { revert k Hk. apply sum_zero_ge0; [intros; apply pow2_ge_0|].
        rewrite (sum_ext _ _ (fun k => sum 1 (fun j => (prediction p Q k j - prediction p P k j) ^ 2)))
          by (intros; simpl; ring).
        apply (Rmult_eq_reg_l (scale p)); lra. }
      assert (Hz' : prediction p Q k 0%nat - prediction p P k 0%nat = 0); [|lra].
      apply Rmult_integral in Hz as [|Hz]; [assumption|]. apply Rmult_integral in Hz as [|]; [assumption|lra].
    - intros H. rewrite (sum_zero N) in E; [lra|]. intros k Hk. simpl. rewrite H by auto. ring. }
  rewrite Hpred. split.
  - intros H l Hl. unfold value_at.
    assert (Ev : apply_to (lam l) (fun k => prediction p P k 0%nat) = apply_to (lam l) (fun k => prediction p Q k 0%nat)).
    { apply sum_ext. intros k Hk. now rewrite H. }
    rewrite Ev, applied_prediction, coordinates_in_pivots by auto. ring.
  - intros H k Hk. rewrite (prediction_in_pivots Q k HQ Hk), (prediction_in_pivots P k inside Hk).
    apply sum_ext. intros l Hl. f_equal. rewrite applied_prediction, coordinates_in_pivots, H by auto.
    unfold value_at. ring.
Qed.

(** ** The rational functions *)
Definition coefficient_function (q : parameter) : rational_function :=
  match q with Weight _ i a => Times (Param (Weight 1 0 i)) (Param (Weight 0 i a)) | _ => Param (Bias 1 0) end.
Definition rest_function (l : nat) : rational_function :=
  fold_right (fun q f => Plus (Times (Number (- weight_on l q)) (coefficient_function q)) f)
             (Number (value_at l)) others.
Definition solution (l : nat) : rational_function :=
  match pivot l with
  | Weight _ i _ => Times (rest_function l) (Inverse (Param (Weight 1 0 i)))
  | Bias _ _ => rest_function l
  end.
Definition solved : list (parameter * rational_function) :=
  map (fun l => (pivot l, solution l)) (seq 0 r).

Lemma linear_cases q : In q linear ->
  (exists i a, (i < m)%nat /\ (a < d)%nat /\ q = Weight 0 i a) \/ (has_output_bias p = true /\ q = Bias 1 0).
Proof.
  unfold linear_parameters. rewrite in_app_iff, in_weights. destruct (has_output_bias p); simpl; tauto || intuition.
Qed.
Lemma linear_in_all q : In q linear -> In q (network_parameters p m).
Proof.
  unfold linear_parameters, network_parameters. rewrite !in_app_iff, one_output.
  destruct (has_output_bias p); simpl; tauto.
Qed.
Lemma coefficient_value Q q : In q linear ->
  evaluated_at (network_value Q) (coefficient_function q) = coefficient Q q.
Proof. intros H. destruct (linear_cases q H) as [(i & a & _ & _ & ->)|(_ & ->)]; reflexivity. Qed.
Lemma rest_value Q l : evaluated_at (network_value Q) (rest_function l)
  = value_at l - fsum (fun q => coefficient Q q * weight_on l q) others.
Proof.
  unfold rest_function. assert (H : incl others linear) by (intros q Hq; now apply filter_In in Hq).
  induction others as [|q l0 IH]; simpl; [lra|].
  rewrite IH by (intros q' Hq'; apply H; now right).
  rewrite coefficient_value by (apply H; now left). lra.
Qed.
Lemma in_solved q f : In (q, f) solved <-> exists l, (l < r)%nat /\ q = pivot l /\ f = solution l.
Proof.
  unfold solved. rewrite in_map_iff. split.
  - intros (l & E & Hl). injection E as <- <-. apply in_seq in Hl. exists l. repeat split; lia.
  - intros (l & Hl & -> & ->). exists l. split; [reflexivity | apply in_seq; lia].
Qed.
Lemma solved_parameters : map fst solved = pivots.
Proof.
  unfold solved. rewrite map_map. simpl. apply (nth_ext _ _ (Bias 1 0) (Bias 1 0)).
  - now rewrite map_length, seq_length.
  - intros l Hl. rewrite map_length, seq_length in Hl.
    rewrite (nth_map_lt _ _ l 0%nat) by (now rewrite seq_length). now rewrite seq_nth.
Qed.
Lemma height_free i : (i < m)%nat ->
  In (Weight 1 0 i) (network_parameters p m) /\ ~ In (Weight 1 0 i) pivots.
Proof.
  intros Hi. split.
  - unfold network_parameters. rewrite !in_app_iff. right. left. apply in_flat_map. exists i.
    split; [apply in_seq; lia|]. rewrite one_output. now left.
  - intros H. destruct (linear_cases _ (pivots_linear _ H)) as [(i' & a & _ & _ & E)|(_ & E)]; discriminate.
Qed.
Lemma rest_uses l : uses_only (fun q => In q (network_parameters p m) /\ ~ In q pivots) (rest_function l).
Proof.
  unfold rest_function.
  assert (H : forall q, In q others -> In q linear /\ ~ In q pivots).
  { intros q Hq. apply filter_In in Hq as [A B]. split; [exact A|]. rewrite <- listed_in_spec.
    now destruct (listed_in pivots q). }
  induction others as [|q l0 IH]; simpl; [exact I|].
  split; [split; [exact I|] | apply IH; intros; apply H; simpl; auto].
  destruct (H q (or_introl eq_refl)) as [A B].
  destruct (linear_cases q A) as [(i & a & Hi & Ha & ->)|(_ & ->)]; simpl.
  - split; [now apply height_free|]. split; [now apply linear_in_all | exact B].
  - split; [now apply linear_in_all | exact B].
Qed.
Lemma rest_no_pole Q l : no_pole (network_value Q) (rest_function l).
Proof.
  unfold rest_function. induction others as [|q l0 IH]; simpl; [exact I|].
  split; [split; [exact I|] | exact IH]. destruct q; simpl; auto.
Qed.

Theorem valley dimension : (dimension + r)%nat = length (network_parameters p m) ->
  network_manifold p P (fun Q => loss p Q = loss p P) dimension.
Proof.
  intros Hdim. exists solved. rewrite solved_parameters.
  split; [exact pivots_distinct|]. split; [unfold solved; rewrite map_length, seq_length; exact Hdim|].
  assert (Hpivot : forall l, (l < r)%nat -> In (pivot l) linear).
  { intros l Hl. apply pivots_linear. now apply nth_In. }
  split.
  { intros q f H. apply in_solved in H as (l & Hl & -> & ->).
    split; [now apply linear_in_all, Hpivot|]. unfold solution.
    destruct (linear_cases _ (Hpivot l Hl)) as [(i & a & Hi & Ha & ->)|(_ & ->)]; simpl;
      [split; [apply rest_uses | now apply height_free] | apply rest_uses]. }
  destruct (keeps_signs_near p P) as (e1 & He1 & Hsigns).
  destruct (finite_radius m (fun i e => forall t, Rabs (t - h P i 0%nat) < e -> t <> 0)) as (e2 & He2 & Hheights).
  { intros i e e' H He t Ht. apply H. lra. }
  { intros i Hi. exists (Rabs (h P i 0%nat)). split; [now apply Rabs_pos_lt, heights|].
    intros t Ht ->. rewrite Rminus_0_l, Rabs_Ropp in Ht. lra. }
  exists (Rmin e1 e2). split; [now apply Rmin_glb_lt|]. intros Q HQ.
  pose proof (Rmin_l e1 e2). pose proof (Rmin_r e1 e2).
  assert (Hin : in_cell p P side Q).
  { destruct (Hsigns Q) as [A B].
    { destruct HQ as (A & B & C & D). split; [exact A|].
      split; [|split]; intros; (eapply Rlt_le_trans; [|eassumption]); auto. }
    split; [exact A|]. intros i k Hi Hk. destruct (B i k Hi Hk) as [B1 B2].
    destruct inside as [_ Hs]. specialize (Hs i k Hi Hk). unfold on_side in *.
    destruct (strict i k Hi Hk) as [Hne|Hz].
    - destruct (side i k =? "+")%char, (side i k =? "-")%char; try contradiction; try (apply B1; lra); apply B2; lra.
    - assert (E : forall v, dot v (x k) = 0).
      { intros v. apply sum_zero. intros a Ha. rewrite Hz by auto. ring. }
      rewrite E in *. exact Hs. }
  assert (Hne : forall i, (i < m)%nat -> h Q i 0%nat <> 0).
  { intros i Hi. apply (Hheights i Hi). destruct HQ as (_ & _ & C & _).
    eapply Rlt_le_trans; [apply C; auto; lia | assumption]. }
  split.
  - intros q f H'. apply in_solved in H' as (l & Hl & -> & ->). unfold solution.
    destruct (linear_cases _ (Hpivot l Hl)) as [(i & a & Hi & Ha & ->)|(_ & ->)]; simpl.
    + split; [apply rest_no_pole|]. split; [exact I | now apply Hne].
    + apply rest_no_pole.
  - rewrite (equal_loss_iff Q Hin). split.
    + intros Heq q f H'. apply in_solved in H' as (l & Hl & -> & ->). specialize (Heq l Hl).
      rewrite <- rest_value in Heq. unfold solution.
      destruct (linear_cases _ (Hpivot l Hl)) as [(i & a & Hi & Ha & Ep)|(_ & Ep)];
        rewrite Ep in Heq |- *; simpl in *.
      * rewrite <- Heq. field. now apply Hne.
      * exact Heq.
    + intros Heq l Hl. specialize (Heq (pivot l) (solution l) (proj2 (in_solved _ _) (ex_intro _ l (conj Hl (conj eq_refl eq_refl))))).
      rewrite <- rest_value. unfold solution in Heq.
      destruct (linear_cases _ (Hpivot l Hl)) as [(i & a & Hi & Ha & Ep)|(_ & Ep)];
        rewrite Ep in Heq |- *; simpl in *.
      * rewrite Heq. field. now apply Hne.
      * exact Heq.
Qed.
End Theory.

(** ** The checker *)
Section Checker.
Variables (S : setting) (P : parameters) (D : denominators) (cells : list string).
Definition linear_list : list parameter :=
  flat_map (fun i => map (Weight 0 i) (seq 0 (d S))) (seq 0 (m P))
  ++ (if with_output_bias S then [Bias 1 0] else []).
Definition is_linear (q : parameter) : bool :=
  match q with
  | Weight O i a => Nat.ltb i (m P) && Nat.ltb a (d S)
  | Bias 1 O => with_output_bias S
  | _ => false
  end.
Fixpoint distinct (l : list parameter) : bool :=
  match l with [] => true | q :: r => negb (listed_in r q) && distinct r end.
(** The columns, all over one denominator. *)
Definition slope_tables : list (list row) :=
  let xs := X S D in map (fun s => scale_rows (cell_slopes S s) xs) cells.
Definition integer_column (tables : list (list row)) (q : parameter) : row :=
  match q with
  | Weight _ i a => height (nth i tables []) a
  | Bias _ _ => repeat (Zpos (den_slopes S) * Zpos (den_x D))%Z (length (data_x S))
  end.
(** [lam]: for every pivot a row with product [unit] with its column, and 0 with those of others. *)
Definition check_cell_valley (pivots : list parameter) (lam : list row) (unit : positive)
    (dimension : nat) : bool :=
  check_cell_global_minimum S P D cells && strictly_inside S P D && Nat.eqb (output_dimension S) 1
  && forallb (fun z => negb (Z.eqb z 0)) (nth 0 (V P D) [])
  && Nat.eqb (dimension + length pivots) (m P * (d S + 1) + (if with_output_bias S then 1 else 0))
  && distinct pivots && forallb is_linear pivots
  && forallb (fun s => Nat.eqb (length (cell_slopes S s)) (length (data_x S))) cells
  && Nat.eqb (length lam) (length pivots)
  && forallb (fun r => Nat.eqb (length r) (length (data_x S))) lam
  && (let column := integer_column slope_tables in let pivot_columns := map column pivots in
      forallb (fun l => row_eqb (map (zdot (nth l lam [])) pivot_columns)
                                (add_at l (Zpos unit) (zeros (length pivots))))
        (seq 0 (length pivots))
      && forallb (fun q => let column_q := column q in
           row_eqb (lincomb (length (data_x S)) (map (fun r => zdot r column_q) lam) pivot_columns)
                   (smul (Zpos unit) column_q)) linear_list).
End Checker.

Lemma distinct_spec l : distinct l = true -> NoDup l.
Proof.
  induction l as [|q l IH]; intros H; [constructor|]. simpl in H. apply andb_prop in H as [H1 H2].
  constructor; [|now apply IH]. rewrite <- listed_in_spec. apply negb_true_iff in H1. now rewrite H1.
Qed.
Lemma length_flat_weights {A} (f : nat -> nat -> A) n k s :
  length (flat_map (fun i => map (f i) (seq 0 k)) (seq s n)) = (n * k)%nat.
Proof.
  revert s. induction n as [|n IH]; intros s; [reflexivity|]. simpl.
  rewrite app_length, map_length, seq_length, IH. reflexivity.
Qed.

Theorem check_cell_valley_sound S P D cells pivots lam unit dimension :
  check_cell_valley S P D cells pivots lam unit dimension = true -> is_cell_valley S P dimension.
Proof.
  unfold check_cell_valley. cbv zeta. intros H.
  apply andb_prop in H as [H Hx]. apply andb_prop in H as [H Hlam]. apply andb_prop in H as [H Hr].
  apply andb_prop in H as [H Hslopes]. apply andb_prop in H as [H Hlin]. apply andb_prop in H as [H Hdist].
  apply andb_prop in H as [H Hdim]. apply andb_prop in H as [H Hh]. apply andb_prop in H as [H HJ].
  apply andb_prop in H as [H Hstrict]. apply andb_prop in Hx as [Hdual Hspan].
  apply Nat.eqb_eq in HJ, Hdim, Hr. rewrite forallb_forall in Hlin, Hlam, Hdual, Hspan.
  pose proof H as Hok. apply andb_prop in Hok as [Hok _].
  split; [exact (open_cell_minimum_sound S P D cells H Hstrict)|].
  pose proof (strictly_inside_sound S P D Hok Hstrict) as Hin.
  destruct (cell_equations_sound S P D cells H) as [[Hwidth Hs] He].
  set (p := problem_of S) in *. set (P0 := network_of S P) in *.
  pose proof (IZR_Zpos (den_slopes S)) as PS. pose proof (IZR_Zpos (den_x D)) as PX.
  pose proof (IZR_Zpos unit) as PU. pose proof (IZR_Zpos (den_v D)) as PV.
  set (K := IZR (Zpos (den_slopes S)) * IZR (Zpos (den_x D))).
  assert (HK : 0 < K) by (now apply Rmult_lt_0_compat).
  set (column := integer_column S D (slope_tables S D cells)) in *.
  assert (Hcolumn : forall q, In q (linear_list S P) -> length (column q) = points p
    /\ forall k, (k < points p)%nat -> zvec (column q) k = K * column_of p (side_at cells) q k).
  { intros q Hq.
    destruct (linear_cases p P0 q Hq) as [(i & a & Hi & Ha & ->)|(_ & ->)].
    - assert (Hslope := forallb_nth _ _ ""%string Hslopes i ltac:(rewrite Hwidth; exact Hi)).
      apply Nat.eqb_eq in Hslope.
      destruct (scale_rows_spec (points p) (cell_slopes S (nth i cells ""%string)) (X S D) Hslope
        (length_X S D)) as [Lr Er].
      assert (Et : nth i (slope_tables S D cells) [] = scale_rows (cell_slopes S (nth i cells ""%string)) (X S D)).
      { unfold slope_tables. cbv zeta. now rewrite (nth_map_lt _ cells i ""%string) by (rewrite Hwidth; exact Hi). }
      unfold column, integer_column, height. rewrite Et. split; [rewrite map_length; exact Lr|].
      intros k Hk. unfold zvec at 1. rewrite (nth_map_lt _ _ k []) by (rewrite Lr; exact Hk).
      change (IZR (nth a (nth k (scale_rows (cell_slopes S (nth i cells ""%string)) (X S D)) []) 0%Z))
        with (zmat (scale_rows (cell_slopes S (nth i cells ""%string)) (X S D)) k a).
      rewrite Er by exact Hk. rewrite (X_spec S P D Hok k a). fold p.
      destruct (Hs i k Hi Hk) as [Hget _]. rewrite (cell_slopes_at S _ k _ Hget).
      change (column_of p (side_at cells) (Weight 0 i a) k)
        with (side_slope p (side_at cells i k) * input p k a).
      unfold side_slope, K. destruct (side_at cells i k =? "+")%char; [rewrite plus_spec | rewrite minus_spec];
        fold p; ring.
    - unfold column, integer_column. split; [apply repeat_length|]. intros k Hk.
      unfold zvec. rewrite (nth_indep _ 0%Z (Zpos (den_slopes S) * Zpos (den_x D))%Z) by (rewrite repeat_length; exact Hk).
      rewrite nth_repeat, mult_IZR. simpl. unfold K. ring. }
  assert (Hpl : incl pivots (linear_list S P)).
  { intros q Hq. specialize (Hlin q Hq). unfold linear_list. apply in_app_iff.
    destruct q as [[|l] i a|[|[|l]] [|i]]; simpl in Hlin; try discriminate.
    - left. apply andb_prop in Hlin as [A B]. apply Nat.ltb_lt in A, B. apply in_weights. now exists i, a.
    - right. rewrite Hlin. now left. }
  assert (Hprod : forall l q, (l < length pivots)%nat -> In q (linear_list S P) ->
    IZR (zdot (nth l lam []) (column q)) =
    IZR (Zpos unit) * apply_to p (fun k => K / IZR (Zpos unit) * zvec (nth l lam []) k) (column_of p (side_at cells) q)).
  { intros l q Hl Hq. destruct (Hcolumn q Hq) as [Lc Ec].
    assert (Ll : length (nth l lam []) = points p).
    { apply Nat.eqb_eq. apply (Hlam (nth l lam [])). apply nth_In. now rewrite Hr. }
    rewrite (zdot_sum (points p)) by auto. unfold apply_to. rewrite <- sum_scal. apply sum_ext.
    intros k Hk. rewrite Ec by exact Hk. field. lra. }
  assert (Hnth : forall l, (l < length pivots)%nat -> In (nth l pivots (Bias 1 0)) (linear_list S P)).
  { intros l Hl. apply Hpl. now apply nth_In. }
  apply (valley p (scale_positive S P D Hok) HJ P0 (side_at cells)) with
    (pivots := pivots) (lam := fun l k => K / IZR (Zpos unit) * zvec (nth l lam []) k).
  - split; [reflexivity|]. intros i k Hi Hk. now apply Hs.
  - intros i k Hi Hk. destruct Hin as [_ Hin]. destruct (Hin i k Hi Hk) as [A|A]; [left|now right].
    intros E. fold p P0 in A. rewrite E in A. lra.
  - exact He.
  - intros i Hi E. assert (Lv : length (nth 0 (V P D) []) = m P).
    { apply all_sized_nth; [apply (sized_V S P D Hok)|]. rewrite (length_V S P D Hok). simpl. lia. }
    pose proof (forallb_nth _ _ 0%Z Hh i ltac:(rewrite Lv; exact Hi)) as E'. apply negb_true_iff, Z.eqb_neq in E'.
    apply E', eq_IZR. change (zmat (V P D) 0 i = 0). rewrite (V_spec S P D Hok). fold P0. rewrite E. ring.
  - exact Hpl.
  - now apply distinct_spec.
  - intros l l' Hl Hl'. specialize (Hdual l ltac:(apply in_seq; lia)). apply row_eqb_eq in Hdual.
    apply (f_equal (fun r => zvec r l')) in Hdual.
    rewrite zvec_add_at, zvec_zeros in Hdual by (now rewrite length_zeros).
    unfold zvec in Hdual. rewrite map_map, (nth_map_lt _ _ l' (Bias 1 0)) in Hdual by auto.
    rewrite (Hprod l _ Hl (Hnth l' Hl')) in Hdual. unfold unit_vector in Hdual.
    apply (Rmult_eq_reg_l (IZR (Zpos unit))); [|lra]. rewrite Hdual. destruct (Nat.eqb l l'); ring.
  - intros q k Hq Hk. specialize (Hspan q Hq). apply row_eqb_eq in Hspan.
    apply (f_equal (fun r => zvec r k)) in Hspan. rewrite zvec_smul, (proj2 (Hcolumn q Hq) k Hk) in Hspan.
    rewrite (lincomb_spec _ (length pivots)) in Hspan.
    + rewrite (sum_ext _ _ (fun l => (IZR (Zpos unit) * K) * (apply_to p
        (fun k => K / IZR (Zpos unit) * zvec (nth l lam []) k) (column_of p (side_at cells) q)
        * column_of p (side_at cells) (nth l pivots (Bias 1 0)) k))) in Hspan.
      * rewrite sum_scal in Hspan.
        apply (Rmult_eq_reg_l (IZR (Zpos unit) * K)); [|apply Rmult_integral_contrapositive_currified; lra].
        rewrite Hspan. ring.
      * intros l Hl. unfold zvec at 1. rewrite (nth_map_lt _ lam l []) by (now rewrite Hr).
        rewrite (Hprod l q Hl Hq). unfold zmat. rewrite (nth_map_lt _ pivots l (Bias 1 0)) by auto.
        rewrite (proj2 (Hcolumn _ (Hnth l Hl)) k Hk). ring.
    + intros u Hu. apply in_map_iff in Hu as (q' & <- & Hq'). apply Hcolumn. now apply Hpl.
    + now rewrite map_length.
    + apply map_length.
  - rewrite Hdim. unfold network_parameters. change (inputs p) with (d S). change (outputs p) with (output_dimension S).
    change (has_output_bias p) with (with_output_bias S). change (width P0) with (m P).
    rewrite !app_length, (length_flat_weights (fun i => Weight 0 i)), (length_flat_weights (fun i j => Weight 1 j i)), HJ.
    destruct (with_output_bias S); simpl; lia.
Qed.
