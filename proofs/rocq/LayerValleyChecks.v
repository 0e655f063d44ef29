(** The checker for the dimension of a valley: the linear equations for the chosen parameters are
    found by evaluating the network, on its linear pieces, with one of them 1 and all others 0. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum Claims LayerClaims
  Integers Prepare Facts LayerChecks LayerSolve LayerValley.
Import ListNotations.
Local Open Scope Z_scope.

Definition set_to (s : parameter -> option bool) (c : parameter) (given : Q) : Q :=
  match s c with Some true => 1%Q | Some false => 0%Q | None => given end.
Fixpoint modified (s : parameter -> option bool) (l n : nat) (P : list layer_parameters)
    : list layer_parameters :=
  match P with
  | [] => []
  | a :: P' =>
      let m := length (layer_w a) in
      LayerParameters
        (map (fun i => map (fun q => set_to s (Weight l i q) (nth q (nth i (layer_w a) []) 0%Q))
                           (seq 0 n)) (seq 0 m))
        (map (fun i => set_to s (Bias l i) (nth i (layer_b a) 0%Q)) (seq 0 m))
      :: modified s (Datatypes.S l) m P'
  end.

(** The network at one point, each neuron with the line of its piece. *)
Fixpoint on_pieces (A : positive) (zs : list (list (piece Z))) (ls : list (positive * list row))
    (unit : positive) (v : row) : row :=
  match ls with
  | [] => v
  | (D, l) :: ls' =>
      let t := layer_values unit l v in
      match ls' with
      | [] => t
      | _ => on_pieces A (tl zs) ls' (A * (D * unit))%positive
               (map (fun pt => at_piece (D * unit) (fst pt) (snd pt)) (combine (hd [] zs) t))
      end
  end.
Fixpoint final_unit (A : positive) (ds : list positive) (unit : positive) : positive :=
  match ds with
  | [] => unit
  | [D] => D * unit
  | D :: ds' => final_unit A ds' (A * (D * unit))
  end%positive.
Fixpoint pieces_fit (zs : list (list (piece Z))) (P : list layer_parameters) {struct P} : bool :=
  match P with
  | a :: (_ :: _) as P' =>
      match zs with
      | z :: zs' => Nat.eqb (length z) (length (layer_w a)) && pieces_fit zs' P'
      | [] => false
      end
  | _ => true
  end.

Fixpoint distinct (U : list parameter) : bool :=
  match U with [] => true | c :: U' => negb (in_list U' c) && distinct U' end.
Fixpoint in_range (l n : nat) (P : list layer_parameters) (c : parameter) : bool :=
  match P with
  | [] => false
  | a :: P' =>
      match c with
      | Weight l' i q => Nat.eqb l' l && Nat.ltb i (length (layer_w a)) && Nat.ltb q n
      | Bias l' i => Nat.eqb l' l && Nat.ltb i (length (layer_w a))
      end || in_range (Datatypes.S l) (length (layer_w a)) P' c
  end.
Fixpoint parameter_count (n : nat) (P : list layer_parameters) : nat :=
  match P with
  | [] => 0
  | a :: P' => length (layer_w a) * (1 + n) + parameter_count (length (layer_w a)) P'
  end%nat.
Definition in_place (chosen last : nat) (c : parameter) : bool :=
  match c with Weight l _ _ => Nat.eqb l chosen | Bias l _ => Nat.eqb l last end.

(** sum of the products of two tables *)
Definition table_dot (B C : list row) : Z := zsum (map (fun bc => zdot (fst bc) (snd bc)) (combine B C)).
Definition table_minus (B C : list row) : list row :=
  map (fun bc => vadd (fst bc) (smul (-1) (snd bc))) (combine B C).
Definition numbered {X} (l : list X) : list (nat * X) := combine (seq 0 (length l)) l.

(** The witness: points that span the data, how they do so, the chosen parameters, and the inverse
    of their equations times [scale]. *)
Record valley_witness := ValleyWitness {
  chosen_layer : nat;
  basis : list nat;
  combinations : list (positive * row);
  chosen_parameters : list parameter;
  inverse : list (list row);
  inverse_scale : positive }.

Section Check.
Variables (S : layer_setting) (P : list layer_parameters) (D : layer_denominators)
  (V : valley_witness).
Definition inputs_of : list row := clear_rows (den_features D) (features_x S).
Definition extended_inputs : list row := map (fun v => v ++ [Zpos (den_features D)]) inputs_of.
Definition pieces_used : list (list (piece Z)) := fst (snd (evaluated S P D)).
Definition changed (c0 : option parameter) : list layer_parameters :=
  modified (setting_of (chosen_parameters V) c0) 0 (feature_count S) P.
Definition table (c0 : option parameter) : list row :=
  let ls := clear_layers (den_layers D) (changed c0) in
  let zs := pieces_used in
  map (fun k => on_pieces (den_activation D) zs ls (den_features D) (nth k inputs_of [])) (basis V).

Definition spanning : bool :=
  let rows := map (fun k => nth k extended_inputs []) (basis V) in
  for_all2 (fun v ml => Nat.eqb (length (snd ml)) (length rows)
    && row_eqb (lincomb (feature_count S + 1) (snd ml) rows) (smul (Zpos (fst ml)) v))
    extended_inputs (combinations V).
Definition inverted : bool :=
  let start := table None in
  let columns := numbered (map (fun c => table_minus (table (Some c)) start) (chosen_parameters V)) in
  forallb (fun tB => forallb (fun tC => Z.eqb (table_dot (snd tB) (snd tC))
      (if Nat.eqb (fst tB) (fst tC) then Zpos (inverse_scale V) else 0)) columns)
    (numbered (inverse V)).

Definition check_layers_valley (dimension : nat) : bool :=
  check_layers_local_minimum S P D
  && match huber_delta S with None => true | Some _ => false end
  && Nat.ltb (chosen_layer V) (length P)
  && forallb (fun k => Nat.ltb k (length (features_x S))) (basis V)
  && spanning
  && distinct (chosen_parameters V)
  && forallb (in_range 0 (feature_count S) P) (chosen_parameters V)
  && forallb (in_place (chosen_layer V) (pred (length P))) (chosen_parameters V)
  && Nat.eqb (length (chosen_parameters V)) (label_count S * length (basis V))
  && Nat.eqb (dimension + length (chosen_parameters V)) (parameter_count (feature_count S) P)
  && pieces_fit pieces_used P
  && forallb (fun c0 => fitting (feature_count S) (changed c0) (label_count S)
       && for_all2 (fun Dl l => divides_rows Dl (with_biases l)) (den_layers D) (changed c0))
       (None :: map Some (chosen_parameters V))
  && Nat.eqb (length (inverse V)) (length (chosen_parameters V))
  && forallb (fun B => Nat.eqb (length B) (length (basis V))
       && forallb (fun r => Nat.eqb (length r) (label_count S)) B) (inverse V)
  && inverted.
End Check.

(** ** What they mean *)
Local Open Scope R_scope.
Lemma on_pieces_spec S A P : forallb (all_divide A) (activation_pieces S) = true ->
  forall qs ds n unit v (a : vector) outputs,
  for_all2 (fun Dl l => divides_rows Dl (with_biases l)) ds P = true ->
  fitting n P outputs = true -> (forall q, In q qs -> activation_row S q) ->
  pieces_fit (map (map (clear_piece A)) qs) P = true ->
  length v = n -> (forall q, (q < n)%nat -> zvec v q = IZR (Zpos unit) * a q) ->
  let result := on_pieces A (map (map (clear_piece A)) qs) (clear_layers ds P) unit v in
  length result = outputs /\ forall j, (j < outputs)%nat ->
    zvec result j = IZR (Zpos (final_unit A ds unit))
                    * run_on_lines (map (map line_of) qs) n (layers_of P) a j.
Proof.
  intros HA. induction P as [|l P IH]; intros qs [|Dl ds] n unit v a outputs HD Hf Hqs Hz Hv Ha;
    try discriminate.
  - simpl in *. apply Nat.eqb_eq in Hf as <-. auto.
  - simpl in HD. apply andb_prop in HD as [HD HDs]. simpl in Hf.
    apply andb_prop in Hf as [Hf Hfit]. apply andb_prop in Hf as [Hw Hb]. apply Nat.eqb_eq in Hb.
    destruct (layer_values_spec n Dl l unit v a Hw Hb HD Hv Ha) as [Hlt Ht].
    destruct P as [|l2 P].
    + destruct ds; [|discriminate]. simpl in Hfit. apply Nat.eqb_eq in Hfit. subst outputs.
      simpl. auto.
    + destruct ds as [|D2 ds]; [discriminate|]. destruct qs as [|q qs]; [discriminate|].
      simpl map in Hz. cbn [pieces_fit] in Hz. apply andb_prop in Hz as [Hlq Hz].
      apply Nat.eqb_eq in Hlq. rewrite map_length in Hlq.
      specialize (IH qs (D2 :: ds) (length (layer_w l)) (A * (Dl * unit))%positive
        (map (fun pt => at_piece (Dl * unit) (fst pt) (snd pt)) (combine (map (clear_piece A) q)
          (layer_values unit (clear_rows Dl (with_biases l)) v)))
        (fun i => fst (nth i (map line_of q) (0, 0)) * affine n (layer_of l) a i
                  + snd (nth i (map line_of q) (0, 0))) outputs HDs Hfit
        ltac:(intros q' Hin; apply Hqs; now right) Hz).
      apply IH.
      * rewrite map_length, combine_length, map_length. lia.
      * intros i Hi. unfold zvec.
        rewrite (nth_map_lt _ _ i ((Piece None None 0 0)%Z, 0%Z))
          by (rewrite combine_length, map_length; lia).
        rewrite combine_nth by (rewrite map_length; lia). cbn [fst snd].
        rewrite (nth_map_lt (clear_piece A) q i (Piece None None 0%Q 0%Q)) by lia.
        rewrite (nth_map_lt line_of q i (Piece None None 0%Q 0%Q)) by lia.
        apply (at_piece_spec S A HA); [|now apply Ht].
        apply (Hqs q); [now left | apply nth_In; lia].
Qed.

Lemma set_to_spec s c g : Q2R (set_to s c g) = match s c with Some b => bit b | None => Q2R g end.
Proof. unfold set_to, bit. destruct (s c) as [[|]|]; unfold Q2R; simpl; lra. Qed.
Lemma modified_rows s P : forall l n, map rows (layers_of (modified s l n P)) = map rows (layers_of P).
Proof.
  induction P as [|a P IH]; intros l n; [reflexivity|]. simpl. rewrite map_length, seq_length.
  f_equal. apply IH.
Qed.
Lemma pieces_fit_cons z zs a a2 P : pieces_fit (z :: zs) (a :: a2 :: P)
  = Nat.eqb (length z) (length (layer_w a)) && pieces_fit zs (a2 :: P).
Proof. reflexivity. Qed.
Lemma modified_fit s P : forall l n zs, pieces_fit zs (modified s l n P) = pieces_fit zs P.
Proof.
  induction P as [|a P IH]; intros l n zs; [reflexivity|].
  destruct P as [|a2 P]; [reflexivity|]. destruct zs as [|z zs]; [reflexivity|].
  rewrite (pieces_fit_cons z zs a a2 P), <- (IH (Datatypes.S l) (length (layer_w a)) zs).
  refine (eq_trans (pieces_fit_cons z zs _ _ _) _). cbn [layer_w]. now rewrite map_length, seq_length.
Qed.
Lemma modified_reads s e P : forall l n, reads e l n (layers_of P) ->
  reads (override s e) l n (layers_of (modified s l n P)).
Proof.
  induction P as [|a P IH]; intros l n H; [exact I|]. destruct H as [H HP]. simpl in H, HP.
  split; [|simpl; rewrite map_length, seq_length; now apply IH].
  simpl. rewrite map_length, seq_length. intros i Hi. destruct (H i Hi) as [Hb Hw].
  unfold override, entry, entry2. split.
  - rewrite nth_seq_map by exact Hi. simpl real. rewrite set_to_spec.
    destruct (s (Bias l i)); [reflexivity | exact Hb].
  - intros q Hq. unfold entry. rewrite nth_seq_map by exact Hi. rewrite nth_seq_map by exact Hq.
    simpl real. rewrite set_to_spec. destruct (s (Weight l i q)); [reflexivity | now apply Hw].
Qed.
Lemma distinct_spec U : distinct U = true -> NoDup U.
Proof.
  induction U as [|c U IH]; intros H; [constructor|]. simpl in H. apply andb_prop in H as [H1 H2].
  constructor; [|now apply IH]. intros Hin. apply in_list_spec in Hin. rewrite Hin in H1. discriminate.
Qed.
Lemma in_range_spec c P : forall l n, in_range l n P c = true -> In c (parameters_from l n (layers_of P)).
Proof.
  induction P as [|a P IH]; intros l n H; [discriminate|]. simpl in H |- *. apply in_or_app.
  apply orb_prop in H as [H|H]; [left | right; now apply IH].
  apply in_flat_map. destruct c as [l' i q|l' i]; repeat rewrite andb_true_iff in H;
    rewrite Nat.eqb_eq, ?Nat.ltb_lt in H; exists i; (split; [apply in_seq; lia|]).
  - right. destruct H as [[-> _] H]. apply in_map, in_seq. lia.
  - left. now destruct H as [-> _].
Qed.
Lemma parameter_count_spec P : forall l n,
  length (parameters_from l n (layers_of P)) = parameter_count n P.
Proof.
  induction P as [|a P IH]; intros l n; [reflexivity|].
  cbn [layers_of map parameters_from parameter_count]. rewrite app_length.
  change (map layer_of P) with (layers_of P). rewrite IH. f_equal. simpl rows.
  generalize (length (layer_w a)) as m. intros m.
  assert (E : forall start, length (flat_map (fun i => Bias l i :: map (Weight l i) (seq 0 n))
    (seq start m)) = (m * (1 + n))%nat); [|apply E].
  induction m as [|m IHm]; intros start; [reflexivity|]. simpl seq. cbn [flat_map].
  rewrite app_length, IHm. simpl length. rewrite map_length, seq_length. lia.
Qed.
Lemma table_dot_spec r J B C : length B = r -> length C = r ->
  (forall k, (k < r)%nat -> length (nth k B []) = J /\ length (nth k C []) = J) ->
  IZR (table_dot B C) = sum r (fun k => sum J (fun j => zmat B k j * zmat C k j)).
Proof.
  intros HB HC H. unfold table_dot.
  assert (Hl : length (combine B C) = r) by (rewrite combine_length; lia).
  rewrite (zsum_sum r) by (now rewrite map_length). apply sum_ext. intros k Hk.
  unfold zvec at 1. rewrite (nth_map_lt _ _ k ([], [])) by lia. rewrite combine_nth by lia.
  cbn [fst snd]. destruct (H k Hk). now apply zdot_sum.
Qed.
Lemma zvec_front u v q : (q < length u)%nat -> zvec (u ++ [v]) q = zvec u q.
Proof. intros H. unfold zvec. now rewrite app_nth1. Qed.
Lemma numbered_in {X} (l : list X) t dflt : (t < length l)%nat -> In (t, nth t l dflt) (numbered l).
Proof.
  intros H. unfold numbered.
  replace (t, nth t l dflt) with (nth t (combine (seq 0 (length l)) l) (0%nat, dflt)).
  - apply nth_In. rewrite combine_length, seq_length. lia.
  - rewrite combine_nth by (now rewrite seq_length). now rewrite seq_nth by exact H.
Qed.

Theorem check_layers_valley_sound S P D V dimension :
  check_layers_valley S P D V dimension = true -> layers_valley S P dimension.
Proof.
  unfold check_layers_valley. intros H. repeat rewrite andb_true_iff in H.
  destruct H as ((((((((((((((Hmin & Hsq) & Hch) & Hbas) & Hspan) & Hdist) & Hran) & Hpl) & Hcount) & Hdim)
    & Hfitp) & Hmod) & Hil) & Hishape) & Hinv).
  assert (Hok : layers_ok S P D = true) by (now apply andb_prop in Hmin).
  destruct (layers_ok_parts S P D Hok) as ((HA & HX & _ & HP) & Hk & Hr & _ & _ & _ & Hfactor & Hfit).
  pose proof (check_layers_local_minimum_sound S P D Hmin) as Hlocal.
  set (p := layer_problem_of S) in *. set (P0 := layers_of P) in *.
  split; [exact Hlocal|]. split; [|now apply same_loss_minimum].
  set (U := chosen_parameters V) in *. set (r := length (basis V)) in *.
  set (J := label_count S) in *. set (d := feature_count S) in *.
  pose proof (evaluated_spec S P D Hok) as E. unfold pieces_used in Hfitp.
  assert (Htab : forall c0, table S P D V c0 = map (fun k => on_pieces (den_activation D)
    (fst (snd (evaluated S P D))) (clear_layers (den_layers D) (changed S P V c0)) (den_features D)
    (nth k (inputs_of S D) [])) (basis V)) by reflexivity.
  assert (Hone : fst (evaluated S P D) = true).
  { unfold check_layers_local_minimum in Hmin. rewrite Hok in Hmin. simpl andb in Hmin.
    destruct (evaluated S P D) as [ok [zs [unit out]]]. now apply andb_prop in Hmin. }
  destruct (evaluated S P D) as [ok [zs [unit out]]]. cbn [fst snd] in Hfitp, Htab, Hone.
  destruct E as (_ & qs & Hqs & Ezs & Hlines). specialize (Hlines Hone). subst zs.
  set (lines := map (map line_of) qs) in *.
  assert (HbasN : forall k, In k (basis V) -> (k < data_points p)%nat).
  { intros k Hin. rewrite forallb_forall in Hbas. specialize (Hbas k Hin). now apply Nat.ltb_lt in Hbas. }
  destruct (inputs_stand S P D Hok) as [HlX HvX].
  assert (Hin : forall k, (k < data_points p)%nat -> length (nth k (inputs_of S D) []) = d
    /\ forall q, (q < d)%nat -> zvec (nth k (inputs_of S D) []) q = IZR (Zpos (den_features D)) * feature p k q)
    by exact HvX.
  set (F := final_unit (den_activation D) (den_layers D) (den_features D)).
  assert (Htable : forall c0, In c0 (None :: map Some U) -> length (table S P D V c0) = r
    /\ forall t, (t < r)%nat -> length (nth t (table S P D V c0) []) = J
       /\ forall j, (j < J)%nat -> zmat (table S P D V c0) t j = IZR (Zpos F)
          * eval (override (setting_of U c0) (value_of P0)) (lines_function lines 0 d (map rows P0)
              (fun q => Number (feature p (nth t (basis V) 0%nat) q)) j)).
  { intros c0 Hc0. rewrite forallb_forall in Hmod. specialize (Hmod c0 Hc0).
    apply andb_prop in Hmod as [Hf0 Hd0]. rewrite Htab. split; [apply map_length|]. intros t Ht.
    set (k := nth t (basis V) 0%nat). assert (Hk' : (k < data_points p)%nat) by (apply HbasN, nth_In; exact Ht).
    destruct (Hin k Hk') as [Hlk Hvk].
    destruct (on_pieces_spec S (den_activation D) (changed S P V c0) HA qs (den_layers D) d
      (den_features D) (nth k (inputs_of S D) []) (feature p k) J Hd0 Hf0 Hqs) as [Hl Hv]; auto.
    { unfold changed. now rewrite modified_fit. }
    unfold zmat. rewrite (nth_map_lt _ _ t 0%nat) by exact Ht. fold k. split; [exact Hl|].
    intros j Hj. rewrite Hv by exact Hj. f_equal.
    replace (map rows P0) with (map rows (layers_of (changed S P V c0))) by apply modified_rows.
    symmetry. apply lines_function_value.
    - apply modified_reads. apply (reads_value_of P0 []).
    - reflexivity.
    - rewrite (last_rows_sizes P0).
      + unfold P0. rewrite (outputs_are_last S d P) by exact Hfit. exact Hj.
      + apply modified_rows. }
  apply (valley p Hfactor) with (lines := lines) (basis := basis V) (U := U) (chosen := chosen_layer V); auto.
  - unfold p. simpl. now destruct (huber_delta S).
  - now apply (outputs_are_last S).
  - now apply (normal_equations_sound S P D).
  - (* spanning *)
    intros k Hk'. unfold spanning in Hspan.
    apply (for_all2_spec _ _ _ [] (1%positive, [])) in Hspan as [Hls Hspan].
    assert (HlE : length (extended_inputs S D) = data_points p).
    { unfold extended_inputs. rewrite map_length. exact HlX. }
    specialize (Hspan k ltac:(lia)). cbv beta in Hspan. apply andb_prop in Hspan as [H1 H2].
    rewrite map_length in H1. apply Nat.eqb_eq in H1. apply row_eqb_eq in H2.
    set (ml := nth k (combinations V) (1%positive, [])) in *.
    set (rows_ := map (fun k => nth k (extended_inputs S D) []) (basis V)) in *.
    assert (Hext : forall k', (k' < data_points p)%nat ->
      nth k' (extended_inputs S D) [] = nth k' (inputs_of S D) [] ++ [Zpos (den_features D)]).
    { intros k' Hk1. unfold extended_inputs. rewrite (nth_map_lt _ _ k' []); [reflexivity|].
      unfold inputs_of, clear_rows. rewrite map_length. exact Hk1. }
    assert (Hrow : forall t, (t < r)%nat -> nth t rows_ [] = nth (nth t (basis V) 0%nat) (inputs_of S D) []
      ++ [Zpos (den_features D)]).
    { intros t Ht. unfold rows_. rewrite (nth_map_lt _ _ t 0%nat) by exact Ht. apply Hext, HbasN, nth_In. exact Ht. }
    assert (Hsized : all_sized (d + 1) rows_).
    { intros v Hv. apply in_map_iff in Hv as (k1 & <- & Hk1). rewrite Hext by (now apply HbasN).
      rewrite app_length. destruct (Hin k1 (HbasN k1 Hk1)) as [-> _]. reflexivity. }
    pose proof (IZR_Zpos (fst ml)) as Hm. pose proof (IZR_Zpos (den_features D)) as Hx.
    assert (Eq : forall q, sum r (fun t => zvec (snd ml) t * zmat rows_ t q)
      = IZR (Zpos (fst ml)) * zvec (nth k (extended_inputs S D) []) q).
    { intros q. rewrite <- (lincomb_spec (d + 1) r (snd ml) rows_ q Hsized H1) by (unfold rows_; apply map_length).
      fold d in H2. rewrite H2. apply zvec_smul. }
    exists (fun t => zvec (snd ml) t / IZR (Zpos (fst ml))). split.
    + specialize (Eq d). rewrite Hext in Eq by exact Hk'. destruct (Hin k Hk') as [Hlk _].
      rewrite <- Hlk, zvec_last in Eq.
      apply (Rmult_eq_reg_l (IZR (Zpos (fst ml)) * IZR (Zpos (den_features D)))); [|apply Rgt_not_eq; nra].
      transitivity (sum r (fun t => zvec (snd ml) t * zmat rows_ t d)); [|rewrite Hlk in Eq; rewrite Eq; ring].
      rewrite <- sum_scal. apply sum_ext. intros t Ht. unfold zmat.
      rewrite Hrow by exact Ht.
      destruct (Hin (nth t (basis V) 0%nat) (HbasN _ (nth_In _ _ Ht))) as [Hlt _].
      rewrite <- Hlt, zvec_last. field. lra.
    + intros q Hqd. assert (Hq : (q < d)%nat) by exact Hqd. specialize (Eq q). rewrite Hext in Eq by exact Hk'. destruct (Hin k Hk') as [Hlk Hvk].
      rewrite zvec_front, Hvk in Eq by lia.
      apply (Rmult_eq_reg_l (IZR (Zpos (fst ml)) * IZR (Zpos (den_features D)))); [|apply Rgt_not_eq; nra].
      transitivity (IZR (Zpos (fst ml)) * (IZR (Zpos (den_features D)) * feature p k q)); [ring|].
      rewrite <- Eq. symmetry. rewrite <- sum_scal. apply sum_ext. intros t Ht. unfold zmat.
      rewrite Hrow by exact Ht.
      destruct (Hin (nth t (basis V) 0%nat) (HbasN _ (nth_In _ _ Ht))) as [Hlt Hvt].
      rewrite zvec_front, Hvt by lia. field. lra.
  - now apply distinct_spec.
  - intros c Hc. apply in_range_spec. rewrite forallb_forall in Hran. now apply Hran.
  - intros c Hc. rewrite forallb_forall in Hpl. specialize (Hpl c Hc). unfold P0, layers_of.
    rewrite map_length. destruct c; now apply Nat.eqb_eq in Hpl.
  - unfold P0, layers_of. rewrite map_length. now apply Nat.ltb_lt.
  - now apply Nat.eqb_eq.
  - apply Nat.eqb_eq in Hdim. rewrite Hdim. symmetry. apply parameter_count_spec.
  - (* independent *)
    intros u Hu Hz a Ha. apply (In_nth _ _ 0) in Ha as (t & Ht & <-). rewrite Hu in Ht.
    apply Nat.eqb_eq in Hil. unfold inverted in Hinv. rewrite forallb_forall in Hinv.
    set (B := nth t (inverse V) []).
    assert (Hti : (t < length (inverse V))%nat) by lia.
    specialize (Hinv (t, B) (numbered_in _ t [] Hti)). cbn [fst snd] in Hinv.
    rewrite forallb_forall in Hinv.
    assert (HB : length B = r /\ forall k, (k < r)%nat -> length (nth k B []) = J).
    { rewrite forallb_forall in Hishape. specialize (Hishape B (nth_In _ _ Hti)).
      apply andb_prop in Hishape as [H1 H2]. apply Nat.eqb_eq in H1. split; [exact H1|].
      intros k Hk'. pose proof (forallb_nth _ _ [] H2 k ltac:(lia)) as H3. now apply Nat.eqb_eq in H3. }
    destruct HB as [HlB HrB].
    set (column := fun c => table_minus (table S P D V (Some c)) (table S P D V None)).
    assert (Hcol : forall c, In c U -> length (column c) = r /\ forall k, (k < r)%nat ->
      length (nth k (column c) []) = J /\ forall j, (j < J)%nat -> zmat (column c) k j = IZR (Zpos F) *
        (eval (override (setting_of U (Some c)) (value_of P0)) (lines_function lines 0 d (map rows P0)
              (fun q => Number (feature p (nth k (basis V) 0%nat) q)) j)
         - eval (override (setting_of U None) (value_of P0)) (lines_function lines 0 d (map rows P0)
              (fun q => Number (feature p (nth k (basis V) 0%nat) q)) j))).
    { intros c Hc. destruct (Htable (Some c)) as [Hl1 Hv1]; [right; now apply in_map|].
      destruct (Htable None) as [Hl0 Hv0]; [now left|]. unfold column, table_minus.
      split; [rewrite map_length, combine_length; lia|]. intros k Hk'.
      destruct (Hv1 k Hk') as [Ha1 Hb1], (Hv0 k Hk') as [Ha0 Hb0]. unfold zmat.
      rewrite (nth_map_lt _ _ k ([], [])) by (rewrite combine_length; lia).
      rewrite combine_nth by lia. cbn [fst snd].
      split; [rewrite length_vadd; rewrite ?length_smul; congruence|].
      intros j Hj. rewrite zvec_vadd, zvec_smul by (rewrite length_smul; congruence).
      specialize (Hb1 j Hj). specialize (Hb0 j Hj). unfold zmat in Hb1, Hb0. rewrite Hb1, Hb0. ring. }
    assert (HU : forall s, (s < length U)%nat -> In (nth s U (Bias 0 0)) U) by (intros; now apply nth_In).
    assert (Hdot : forall s, (s < length U)%nat ->
      sum r (fun k => sum J (fun j => zmat B k j * zmat (column (nth s U (Bias 0 0))) k j))
      = if Nat.eqb t s then IZR (Zpos (inverse_scale V)) else 0).
    { intros s Hs. destruct (Hcol _ (HU s Hs)) as [Hlc Hvc].
      rewrite <- (table_dot_spec r J B (column (nth s U (Bias 0 0))) HlB Hlc)
        by (intros k Hk'; split; [now apply HrB | now apply Hvc]).
      assert (Hsc : In (s, column (nth s U (Bias 0 0))) (numbered (map column U))).
      { rewrite <- (nth_map_lt column U s (Bias 0 0) []) by exact Hs.
        apply (numbered_in (map column U) s []). now rewrite map_length. }
      specialize (Hinv _ Hsc). cbn [fst snd] in Hinv. apply Z.eqb_eq in Hinv. rewrite Hinv.
      now destruct (Nat.eqb t s). }
    apply (Rmult_eq_reg_l (IZR (Zpos (inverse_scale V)))); [|apply Rgt_not_eq, IZR_Zpos].
    rewrite Rmult_0_r.
    transitivity (sum (length U) (fun s => nth s u 0 * sum r (fun k => sum J (fun j =>
      zmat B k j * zmat (column (nth s U (Bias 0 0))) k j)))).
    + rewrite (sum_single (length U) _ t Ht).
      * rewrite Hdot by exact Ht. rewrite Nat.eqb_refl. ring.
      * intros s Hs Hne. rewrite Hdot by exact Hs.
        destruct (Nat.eqb_spec t s); [congruence | ring].
    + rewrite (sum_ext (length U) _ (fun s => sum r (fun k => sum J (fun j =>
        nth s u 0 * (zmat B k j * zmat (column (nth s U (Bias 0 0))) k j))))).
      2: { intros s _. rewrite <- sum_scal. apply sum_ext. intros k _. now rewrite <- sum_scal. }
      rewrite sum_swap. apply sum_zero. intros k Hk'. rewrite sum_swap. apply sum_zero. intros j Hj.
      rewrite (sum_ext (length U) _ (fun s => (zmat B k j * IZR (Zpos F)) * (nth s u 0 *
        (eval (override (setting_of U (Some (nth s U (Bias 0 0)))) (value_of P0)) (lines_function lines 0 d (map rows P0)
              (fun q => Number (feature p (nth k (basis V) 0%nat) q)) j)
         - eval (override (setting_of U None) (value_of P0)) (lines_function lines 0 d (map rows P0)
              (fun q => Number (feature p (nth k (basis V) 0%nat) q)) j))))).
      * rewrite sum_scal. pose proof (Hz (nth k (basis V) 0%nat) j (nth_In _ _ Hk') Hj) as Ez.
        change (features p) with d in Ez. fold P0 in Ez. rewrite Ez. ring.
      * intros s Hs. destruct (Hcol _ (HU s Hs)) as [_ Hvc]. destruct (Hvc k Hk') as [_ Hv].
        rewrite Hv by exact Hj. ring.
Qed.
