(** The checker of minima by blocks is sound. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims Integers Prepare Facts
  Functional Checks SecondOrder BlockMinimum BlockChecks.
Import ListNotations.
Local Open Scope R_scope.

Lemma zdot_comm u v : zdot u v = zdot v u.
Proof. revert v. induction u as [|a u IH]; intros [|b v]; simpl; auto. rewrite IH. ring. Qed.
Lemma lookup_distinct {A} (dflt : A) x0 l : (forall c c', (c < length l)%nat -> (c' < length l)%nat ->
    fst (nth c l x0) = fst (nth c' l x0) -> c = c') ->
  forall c, (c < length l)%nat -> lookup dflt (fst (nth c l x0)) l = snd (nth c l x0).
Proof.
  induction l as [|[q a] l IH]; intros H c Hc; simpl in Hc; [lia|]. destruct c as [|c]; simpl.
  - now rewrite Nat.eqb_refl.
  - destruct (Nat.eqb_spec (fst (nth c l x0)) q) as [E|E].
    + specialize (H (Datatypes.S c) O ltac:(simpl; lia) ltac:(simpl; lia) E). discriminate.
    + apply IH; [|lia]. intros c1 c2 H1 H2 E'.
      specialize (H (Datatypes.S c1) (Datatypes.S c2) ltac:(simpl; lia) ltac:(simpl; lia) E'). lia.
Qed.
Lemma lookup_ge0 q (l : multipliers) : forallb (fun qz => Z.leb 0 (snd qz)) l = true ->
  (0 <= lookup 0 q l)%Z.
Proof.
  induction l as [|[q' z] l IH]; intros H; simpl in *; [lia|]. apply andb_prop in H as [A B].
  apply Z.leb_le in A. destruct (Nat.eqb q q'); auto.
Qed.
Lemma side_of_in sides q s : side_of sides q = Some s -> In (q, s) sides.
Proof.
  induction sides as [|[q' s'] l IH]; simpl; intros H; [discriminate|].
  unfold side_of in *. simpl in H. destruct (Nat.eqb_spec q q') as [->|]; [|auto].
  injection H as ->. auto.
Qed.

Section Sound.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging) (wit : blocks_witness).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (Prepare.m P). Notation N := (points p). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))). Notation DS := (IZR (Zpos (den_slopes S))).
Notation DE := (IZR (Zpos (unit_e S D))).
Notation u0 := (unit_psi S D).
Notation direction := (class_direction M).
Notation x := (input p).

Lemma scale_pos : 0 < scale p. Proof. apply (scale_positive S P D Hok). Qed.
Lemma weight_length i : (i < m)%nat -> length (weight pre i) = d.
Proof. intros Hi. apply (length_wi S P D M Hok i Hi). Qed.
Lemma weight_value i a : zvec (weight pre i) a = DW * w P0 i a.
Proof. apply (wi_spec S P D M Hok). Qed.
Lemma rdot_weight u i : (i < m)%nat -> length u = d ->
  DW * rdot u (w P0 i) = IZR (zdot u (weight pre i)).
Proof.
  intros Hi Hu. rewrite <- rdot_zvec by (rewrite Hu; symmetry; now apply weight_length).
  rewrite <- rdot_scal_r. apply rdot_ext. intros a _. symmetry. apply weight_value.
Qed.
Lemma DW_pos : 0 < DW. Proof. apply IZR_Zpos. Qed.

(** ** Directions of classes *)
Lemma class_at_direction c : (c < length (class_list M))%nat ->
  direction (fst (class_at M c)) = snd (class_at M c).
Proof.
  apply lookup_distinct. intros c1 c2 H1 H2 E.
  destruct (class_spec S P D M Hm c1 H1) as (_ & _ & A & _).
  destruct (class_spec S P D M Hm c2 H2) as (_ & _ & B & _).
  unfold class_at in A, B. rewrite E in A. rewrite A in B. lia.
Qed.
Lemma datum_direction k : (k < N)%nat ->
  (snd (member M k) = 0%Z /\ forall v, dot p v (x k) = 0)
  \/ (snd (member M k) <> 0%Z /\ length (direction (class_rep M k)) = d /\
      forall v, DX * dot p v (x k) = IZR (snd (member M k)) * rdot (direction (class_rep M k)) v).
Proof.
  intros Hk. destruct (member_spec S P D M Hok Hm k Hk) as [_ [[H0 Hx]|(rd & Hrd & HX & Hne)]].
  - left. split; auto. intros v. rewrite (dot_comm p). apply Hx.
  - right. split; auto. set (c := N.to_nat (fst (member M k))) in *.
    assert (Hc : (c < length (class_list M))%nat) by (apply nth_error_Some; rewrite Hrd; discriminate).
    assert (Hca : class_at M c = rd) by (now apply nth_error_nth).
    assert (E : direction (class_rep M k) = snd rd).
    { change (class_rep M k) with (fst (class_at M c)). rewrite class_at_direction by auto. now rewrite Hca. }
    rewrite E. split.
    + destruct (class_spec S P D M Hm c Hc) as [Hd _]. now rewrite Hca in Hd.
    + intros v. unfold p. rewrite <- (rdot_X S P D Hok k v Hk), HX, rdot_smul. reflexivity.
Qed.
Lemma kink_zero i q : (i < m)%nat -> on_the_kink S M pre i q = true ->
  length (direction q) = d /\ rdot (direction q) (w P0 i) = 0.
Proof.
  intros Hi H. unfold on_the_kink in H. apply andb_prop in H as [A B].
  apply Nat.eqb_eq in A. apply Z.eqb_eq in B. split; auto.
  pose proof (rdot_weight _ i Hi A) as E. rewrite zdot_comm, B in E. pose proof DW_pos.
  apply (Rmult_eq_reg_l DW); lra.
Qed.

(** ** What is claimed of a neuron *)
Definition bounded (i : nat) (f : vector -> R) : Prop :=
  exists C, 0 <= C /\ forall v, Rabs (f v) <= C * Definitions.phi p P0 i v.
Lemma bounded_small (Z : network -> Prop) i f : bounded i f -> small p P0 Z i (fun Q => f (moved P0 Q i)).
Proof. intros (C & HC & H). exists C. split; auto. intros Q _. apply H. Qed.

Lemma reduced_eval factor ms f v : feval (reduced factor ms f) v = IZR (Zpos factor) * feval f v
  - fsum (fun kc => IZR (lookup 0%Z (rep (fst kc)) ms) * Rabs (rdot (dir (fst kc)) v)) (kinks f).
Proof.
  unfold feval, reduced. cbn [linear kinks]. rewrite rdot_smul, fsum_map. cbn [fst snd].
  induction (kinks f) as [|a l IH]; cbn [fsum fold_right]; [ring|].
  fold (fsum (fun kc => IZR (lookup 0%Z (rep (fst kc)) ms) * Rabs (rdot (dir (fst kc)) v)) l).
  fold (fsum (fun kc => IZR (snd kc) * Rabs (rdot (dir (fst kc)) v)) l).
  fold (fsum (fun a => IZR (Zpos factor * snd a - lookup 0%Z (rep (fst a)) ms) * Rabs (rdot (dir (fst a)) v)) l) in *.
  fold (fsum (fun kc => IZR (snd kc) * Rabs (rdot (dir (fst kc)) v)) l) in IH.
  rewrite minus_IZR, mult_IZR. lra.
Qed.

Lemma above_sound i den factor ms g t v : (i < m)%nat -> length g = J ->
  above_margins S D pre i (parts_of S pre i) den factor ms g t = true ->
  scale p * fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i)
  <= IZR (Zpos factor) * (u0 * inner p (zvec g) (Definitions.psi p P0 i v)).
Proof.
  intros Hi Hg H. unfold above_margins in H.
  pose proof (sized_along S P D M Hok Hm i g Hi Hg) as [Z1 Z2].
  apply (tree_nonnegative d _ _ (reduced factor ms (along S P D M i g))) with (v := v) in H.
  - rewrite reduced_eval in H. pose proof (along_spec S P D M Hok Hm i g v Hi Hg) as E.
    fold p P0 in E. rewrite <- E. cbn [kinks along contract] in H. rewrite fsum_map in H.
    cbn [fst snd] in H. fold (along S P D M i g) in H.
    rewrite (Rmult_comm (IZR (Zpos factor))), Rmult_assoc. apply Rmult_le_compat_l; [pose proof scale_pos; lra|].
    rewrite Rmult_comm. lra.
  - intros kc kc' A B. simpl in A, B. rewrite map_map in A, B. simpl in A, B.
    apply in_map_iff in A as (k & <- & A). apply in_map_iff in B as (k' & <- & B). simpl.
    intros E. apply (along_representatives S P D M Hm i g (k, zdot g (kink_sums k)) (k', zdot g (kink_sums k')));
      auto; simpl; apply in_map_iff; [exists k | exists k']; auto.
  - split; [simpl; rewrite length_smul; exact Z1|]. intros kc A. simpl in A. rewrite map_map in A.
    apply in_map_iff in A as (k & <- & A). simpl. now apply (kinks_sized S P D M Hm i).
  - apply (form_parts S P D Hok).
Qed.

Lemma margins_parts i ms : margins_ok pre i ms = true ->
  forallb (fun qz => Z.leb 0 (snd qz)) ms = true
  /\ forall qz, In qz ms -> exists k, In k (kinks_of S P D M i) /\ rep k = fst qz.
Proof.
  intros H. unfold margins_ok in H. rewrite forallb_forall in H. split.
  - apply forallb_forall. intros qz Hq. specialize (H qz Hq). now apply andb_prop in H.
  - intros qz Hq. specialize (H qz Hq). apply andb_prop in H as [H _].
    apply existsb_exists in H as (k & A & B). apply Nat.eqb_eq in B. now exists k.
Qed.
Lemma kink_direction i k : In k (kinks_of S P D M i) ->
  dir k = direction (rep k) /\ on_the_kink S M pre i (rep k) = true.
Proof.
  intros Hk. pose proof (kinks_sized S P D M Hm i k Hk) as Hd.
  apply filter_In in Hk as [Hk Hz]. apply (in_classes S P D M) in Hk as (c & Hc & ->). simpl in *.
  pose proof (class_at_direction c Hc) as E. rewrite E. split; auto.
  unfold on_the_kink. rewrite E, Hd, Nat.eqb_refl. exact Hz.
Qed.

(** One term of the margins. *)
Lemma margin_term i ms q v : margins_ok pre i ms = true -> (0 < lookup 0 q ms)%Z ->
  IZR (lookup 0%Z q ms) * Rabs (rdot (direction q) v)
  <= fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i)
  /\ on_the_kink S M pre i q = true.
Proof.
  intros H Hq. apply margins_parts in H as [Hpos H].
  destruct (lookup_in 0%Z q ms) as [E|E]; [rewrite E in Hq; lia|].
  destruct (H _ E) as (k & Hk & Er). simpl in Er. destruct (kink_direction i k Hk) as [Ed Eo].
  rewrite Er in Ed, Eo. split; auto. clear H. revert Hk.
  induction (kinks_of S P D M i) as [|k' l IH]; intros Hk; [contradiction|]. simpl.
  assert (Hge : forall k, 0 <= IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)).
  { intros k0. apply Rmult_le_pos; [apply IZR_le; now apply lookup_ge0 | apply Rabs_pos]. }
  destruct Hk as [->|Hk].
  - rewrite Er, Ed. assert (0 <= fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) l)
      by (apply fsum_ge0; auto). lra.
  - specialize (IH Hk). specialize (Hge k'). lra.
Qed.
Lemma margins_sum_ge0 i ms v : margins_ok pre i ms = true ->
  0 <= fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i).
Proof.
  intros H. apply margins_parts in H as [Hpos _]. apply fsum_ge0. intros k _.
  apply Rmult_le_pos; [apply IZR_le; now apply lookup_ge0 | apply Rabs_pos].
Qed.
Lemma u0_positive : 0 < u0. Proof. apply unit_psi_pos. Qed.

(** Both corners of a calm neuron. *)
Lemma corner_margin i den step factor ms trees v j : (i < m)%nat -> (j < J)%nat ->
  calm_corners S D pre i (parts_of S pre i) den step factor ms trees = true ->
  scale p * fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i)
  <= IZR (Zpos factor) * u0 * IZR (Zpos den) * DV
     * (Definitions.phi p P0 i v + IZR step / IZR (Zpos den) * Definitions.psi p P0 i v j).
Proof.
  intros Hi Hj H. unfold calm_corners in H. cbv zeta in H. apply andb_prop in H as [_ H].
  rewrite forallb_forall in H. specialize (H j). rewrite in_seq in H.
  specialize (H ltac:(split; [lia | exact Hj])).
  destruct (height_spec S P D M Hok i) as [Hl Hh]. fold pre p P0 in Hl, Hh.
  apply (above_sound i _ _ _ _ _ v Hi) in H; [|rewrite length_add_at, length_smul; exact Hl].
  eapply Rle_trans; [exact H|]. right.
  pose proof (IZR_Zpos den).
  rewrite (inner_ext p _ (fun l => (IZR (Zpos den) * DV)
    * (h P0 i l + (IZR step / IZR (Zpos den)) * unit_vector j l))).
  - rewrite inner_scal, inner_plus, inner_scal, inner_unit by auto. unfold Definitions.phi. ring.
  - intros l _. rewrite zvec_add_at by (rewrite length_smul, Hl; exact Hj).
    rewrite zvec_smul, Hh, mult_IZR. field. lra.
Qed.

Lemma proof_sound i : (i < m)%nat -> proof_ok S D pre i (parts_of S pre i) (its_proof (neuron_at wit i)) = true ->
  (forall v, 0 <= Definitions.phi p P0 i v)
  /\ (is_calm (its_proof (neuron_at wit i)) = true ->
      exists C, 0 <= C /\ forall v j, (j < J)%nat -> Rabs (Definitions.psi p P0 i v j) <= C * Definitions.phi p P0 i v)
  /\ forall q, In q (margined wit i) -> on_the_kink S M pre i q = true
       /\ bounded i (fun v => rdot (direction q) v).
Proof.
  intros Hi H. unfold margined. pose proof scale_pos as Hs. pose proof u0_positive as Hu.
  pose proof (IZR_Zpos (den_v D)) as HV.
  destruct (its_proof (neuron_at wit i)) as [|step factor ms above below|factor ms t]; simpl in H.
  - pose proof (vanishes_sound S P D M Hok Hm i Hi H) as Hv. fold p P0 in Hv.
    split; [|split].
    + intros v. unfold Definitions.phi. rewrite inner_0_r; [lra|]. auto.
    + intros _. exists 0. split; [lra|]. intros v j Hj. rewrite Hv, Rabs_R0 by auto. lra.
    + intros q [].
  - repeat rewrite andb_true_iff in H. destruct H as [[[[H1 H2] H3] H4] H5].
    apply Z.ltb_lt in H1. apply Nat.ltb_lt in H2. pose proof (IZR_Zpos (Qden step)) as Hq.
    assert (Hst : 0 < IZR (Qnum step) / IZR (Zpos (Qden step)))
      by (apply Rdiv_lt_0_compat; auto; now apply IZR_lt).
    set (st := IZR (Qnum step) / IZR (Zpos (Qden step))) in *.
    set (K := IZR (Zpos factor) * u0 * IZR (Zpos (Qden step)) * DV).
    assert (HK : 0 < K) by (unfold K; repeat apply Rmult_lt_0_compat; auto; apply IZR_Zpos).
    set (F := fun v => fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i)).
    assert (A : forall v j, (j < J)%nat ->
      scale p * F v <= K * (Definitions.phi p P0 i v + st * Definitions.psi p P0 i v j)
      /\ scale p * F v <= K * (Definitions.phi p P0 i v - st * Definitions.psi p P0 i v j)).
    { intros v j Hj. split; [exact (corner_margin i _ _ _ _ _ v j Hi Hj H4)|].
      eapply Rle_trans; [exact (corner_margin i _ _ _ _ _ v j Hi Hj H5)|]. right. unfold K, st.
      rewrite opp_IZR. field. lra. }
    assert (B : forall v, 0 <= scale p * F v)
      by (intros v; apply Rmult_le_pos; [lra | now apply margins_sum_ge0]).
    assert (Bp : forall v j, (j < J)%nat -> st * Rabs (Definitions.psi p P0 i v j) <= Definitions.phi p P0 i v).
    { intros v j Hj. destruct (A v j Hj) as [A1 A2]. specialize (B v).
      assert (C1 : 0 <= Definitions.phi p P0 i v + st * Definitions.psi p P0 i v j)
        by (apply (Rmult_le_reg_l K); auto; lra).
      assert (C2 : 0 <= Definitions.phi p P0 i v - st * Definitions.psi p P0 i v j)
        by (apply (Rmult_le_reg_l K); auto; lra).
      unfold Rabs. destruct (Rcase_abs _); lra. }
    split; [|split].
    + intros v. specialize (Bp v O H2).
      assert (0 <= st * Rabs (Definitions.psi p P0 i v 0)) by (apply Rmult_le_pos; [lra | apply Rabs_pos]). lra.
    + intros _. exists (/ st). assert (0 < / st) by (now apply Rinv_0_lt_compat).
      split; [lra|]. intros v j Hj. specialize (Bp v j Hj). apply (Rmult_le_reg_l st); auto.
      rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. exact Bp.
    + intros q Hq'. apply in_map_iff in Hq' as ([q' z] & <- & Hin). simpl.
      apply filter_In in Hin as [_ Hz]. simpl in Hz. apply Z.ltb_lt in Hz.
      split; [apply (margin_term i ms q' (fun _ => 0) H3 Hz)|].
      assert (0 < IZR (lookup 0%Z q' ms)) as Hl by (now apply IZR_lt).
      exists (K / (scale p * IZR (lookup 0%Z q' ms))). split.
      { left. apply Rdiv_lt_0_compat; auto. now apply Rmult_lt_0_compat. }
      intros v. destruct (A v O H2) as [A1 A2].
      destruct (margin_term i ms q' v H3 Hz) as [T _]. fold (F v) in T.
      assert (scale p * (IZR (lookup 0%Z q' ms) * Rabs (rdot (direction q') v)) <= scale p * F v)
        by (apply Rmult_le_compat_l; lra).
      apply (Rmult_le_reg_l (scale p * IZR (lookup 0%Z q' ms))); [now apply Rmult_lt_0_compat|].
      replace (scale p * IZR (lookup 0%Z q' ms) * (K / (scale p * IZR (lookup 0%Z q' ms)) * Definitions.phi p P0 i v))
        with (K * Definitions.phi p P0 i v) by (field; lra). lra.
  - apply andb_prop in H as [H3 H4].
    destruct (height_spec S P D M Hok i) as [Hl Hh]. fold pre p P0 in Hl, Hh.
    set (K := IZR (Zpos factor) * u0 * DV).
    assert (HK : 0 < K) by (unfold K; repeat apply Rmult_lt_0_compat; auto; apply IZR_Zpos).
    set (F := fun v => fsum (fun k => IZR (lookup 0%Z (rep k) ms) * Rabs (rdot (dir k) v)) (kinks_of S P D M i)).
    assert (A : forall v, scale p * F v <= K * Definitions.phi p P0 i v).
    { intros v. eapply Rle_trans; [exact (above_sound i _ _ _ _ _ v Hi Hl H4)|]. right.
      rewrite (inner_ext p _ (fun j => DV * h P0 i j)) by (intros; apply Hh).
      rewrite inner_scal. unfold K, Definitions.phi. ring. }
    split; [|split].
    + intros v. assert (0 <= scale p * F v) by (apply Rmult_le_pos; [lra | now apply margins_sum_ge0]).
      specialize (A v). apply (Rmult_le_reg_l K); auto; lra.
    + discriminate.
    + intros q Hq'. apply in_map_iff in Hq' as ([q' z] & <- & Hin). simpl.
      apply filter_In in Hin as [_ Hz]. simpl in Hz. apply Z.ltb_lt in Hz.
      split; [apply (margin_term i ms q' (fun _ => 0) H3 Hz)|].
      assert (0 < IZR (lookup 0%Z q' ms)) as Hlk by (now apply IZR_lt).
      exists (K / (scale p * IZR (lookup 0%Z q' ms))). split.
      { left. apply Rdiv_lt_0_compat; auto. now apply Rmult_lt_0_compat. }
      intros v. specialize (A v). destruct (margin_term i ms q' v H3 Hz) as [T _]. fold (F v) in T.
      assert (scale p * (IZR (lookup 0%Z q' ms) * Rabs (rdot (direction q') v)) <= scale p * F v)
        by (apply Rmult_le_compat_l; lra).
      apply (Rmult_le_reg_l (scale p * IZR (lookup 0%Z q' ms))); [now apply Rmult_lt_0_compat|].
      replace (scale p * IZR (lookup 0%Z q' ms) * (K / (scale p * IZR (lookup 0%Z q' ms)) * Definitions.phi p P0 i v))
        with (K * Definitions.phi p P0 i v) by (field; lra). lra.
Qed.

Lemma rdot_combined ms v : (forall qz, In qz ms -> length (direction (fst qz)) = d) ->
  length (combined S M ms) = d
  /\ rdot (combined S M ms) v = fsum (fun qz => IZR (snd qz) * rdot (direction (fst qz)) v) ms.
Proof.
  intros H. unfold combined. split.
  - apply length_lincomb. intros r Hr. apply in_map_iff in Hr as (qz & <- & Hq). now apply H.
  - now apply (rdot_lincomb d (fun qz : nat * Z => snd qz) (fun qz => direction (fst qz))).
Qed.
Lemma is_in_spec q l : is_in q l = true -> In q l.
Proof. intros H. apply existsb_exists in H as (q' & A & B). apply Nat.eqb_eq in B. now subst. Qed.
Lemma among_spec l ms : among l ms = true -> forall qz, In qz ms -> In (fst qz) l.
Proof. intros H qz Hq. unfold among in H. rewrite forallb_forall in H. apply is_in_spec. now apply H. Qed.

Lemma small_fsum {A} (Z : network -> Prop) i (f : A -> network -> R) l : (forall Q, Z Q -> 0 <= cost p P0 Q i) ->
  (forall a, In a l -> small p P0 Z i (f a)) -> small p P0 Z i (fun Q => fsum (fun a => f a Q) l).
Proof.
  intros Hc. induction l as [|a l IH]; intros H; simpl; [now apply small_0|].
  apply small_plus; [apply H; simpl; auto | apply IH; intros; apply H; simpl; auto].
Qed.

Definition neuron_facts (i : nat) : Prop :=
  (forall v, 0 <= Definitions.phi p P0 i v)
  /\ (is_calm (its_proof (neuron_at wit i)) = true ->
      exists C, 0 <= C /\ forall v j, (j < J)%nat -> Rabs (Definitions.psi p P0 i v j) <= C * Definitions.phi p P0 i v)
  /\ (forall q, In q (held wit i) -> length (direction q) = d /\ rdot (direction q) (w P0 i) = 0
       /\ forall Z, small p P0 Z i (fun Q => rdot (direction q) (moved P0 Q i)))
  /\ (block_of wit i < length (block_cells wit))%nat
  /\ forall k, (k < N)%nat -> inert S M pre i k = true \/ data_block wit k = block_of wit i.

Lemma neuron_sound i : (i < m)%nat -> neuron_ok S D M pre wit i (parts_of S pre i) = true -> neuron_facts i.
Proof.
  intros Hi H. unfold neuron_ok in H. repeat rewrite andb_true_iff in H. destruct H as [[[H1 H2] H3] H4].
  destruct (proof_sound i Hi H1) as (A & B & C). split; [exact A|]. split; [exact B|].
  assert (C' : forall q, In q (margined wit i) -> length (direction q) = d /\ rdot (direction q) (w P0 i) = 0
       /\ forall Z, small p P0 Z i (fun Q => rdot (direction q) (moved P0 Q i))).
  { intros q Hq. destruct (C q Hq) as [C1 C2]. destruct (kink_zero i q Hi C1) as [E1 E2].
    split; [exact E1|]. split; [exact E2|]. intros Z. now apply (bounded_small Z i _ C2). }
  split; [|split].
  - intros q Hq. unfold held in Hq. apply in_app_or in Hq as [Hq|Hq]; [now apply C'|].
    apply in_map_iff in Hq as (ic & <- & Hin). rewrite forallb_forall in H2. specialize (H2 ic Hin).
    unfold implied_ok in H2. repeat rewrite andb_true_iff in H2. destruct H2 as [[F1 F2] F3].
    destruct (kink_zero i _ Hi F1) as [E1 E2]. split; [exact E1|]. split; [exact E2|]. intros Z.
    apply row_eqb_eq in F3. pose proof (among_spec _ _ F2) as F4.
    apply (small_unscal p P0 Z i (IZR (Zpos (fst (snd ic))))).
    { pose proof (IZR_Zpos (fst (snd ic))). lra. }
    apply (small_ext p P0 Z i (fun Q => fsum (fun qz => IZR (snd qz) * rdot (direction (fst qz)) (moved P0 Q i)) (snd (snd ic)))).
    + intros Q _. rewrite <- rdot_smul, F3. symmetry. apply rdot_combined. intros qz Hqz. apply C'. auto.
    + apply small_fsum; [intros; apply A|]. intros qz Hqz. apply small_scal. apply C'. auto.
  - now apply Nat.ltb_lt.
  - intros k Hk. rewrite forallb_forall in H4. specialize (H4 k). rewrite in_seq in H4.
    specialize (H4 ltac:(split; [lia | exact Hk])). apply orb_prop in H4 as [H4|H4]; auto.
    right. now apply Nat.eqb_eq.
Qed.

(** ** A neuron on a cell *)
Section Cell.
Variables (Z : network -> Prop) (dec : decided).
Hypothesis facts : forall i, (i < m)%nat -> neuron_facts i.
Definition on_cell : Prop := forall i q s, (i < m)%nat -> side_of (sides_of dec i) q = Some s ->
  length (direction q) = d /\ rdot (direction q) (w P0 i) = 0
  /\ at_least p P0 Z i (fun Q => rdot (signed s (direction q)) (moved P0 Q i)).
Hypothesis Hcell : on_cell.
Definition gauge_vectors (i : nat) : vector := zvec (its_gauge (neuron_at wit i)).
Hypothesis Hgauge : forall Q, Z Q -> in_gauge p P0 gauge_vectors Q.

Lemma cost_pos i Q : (i < m)%nat -> Z Q -> 0 <= cost p P0 Q i.
Proof. intros Hi _. apply (facts i Hi). Qed.
Lemma DX_pos : 0 < DX. Proof. apply IZR_Zpos. Qed.
Lemma DS_pos : 0 < DS. Proof. apply IZR_Zpos. Qed.
Lemma DE_pos : 0 < DE. Proof. apply IZR_Zpos. Qed.
Lemma DV_pos : 0 < DV. Proof. apply IZR_Zpos. Qed.
Lemma plus_value : IZR (plus S) / DS = slope_plus p.
Proof. rewrite (plus_spec S). fold p. pose proof DS_pos. field. lra. Qed.
Lemma minus_value : IZR (minus S) / DS = slope_minus p.
Proof. rewrite (minus_spec S). fold p. pose proof DS_pos. field. lra. Qed.
Lemma sign_at i k : (i < m)%nat -> (k < N)%nat ->
  match nth k (nth i (p_T pre) []) 0%Z with
  | Zpos _ => 0 < dot p (w P0 i) (x k) | Z0 => dot p (w P0 i) (x k) = 0
  | Zneg _ => dot p (w P0 i) (x k) < 0 end.
Proof.
  intros Hi Hk. apply (sign_of _ (RW D i * RX D k) _ (RWX_pos D i k)).
  exact (T_spec S P D Hok i k Hi Hk).
Qed.
Lemma rdot_signed s u v : rdot (signed s u) v = (if s then 1 else -1) * rdot u v.
Proof. destruct s; simpl; [ring|]. rewrite rdot_smul. reflexivity. Qed.
Lemma length_signed s u : length (signed s u) = length u.
Proof. destruct s; simpl; auto. apply length_smul. Qed.

Lemma slope_sound i k s : (i < m)%nat -> (k < N)%nat ->
  slope_at S M pre wit i (sides_of dec i) k = Some s -> has_slope p P0 Z i k (IZR s / DS).
Proof.
  intros Hi Hk. unfold slope_at. pose proof (sign_at i k Hi Hk) as Hs. pose proof DX_pos as HX.
  assert (Hc : forall Q, Z Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_pos).
  destruct (nth k (nth i (p_T pre) []) 0%Z) as [|t|t].
  - destruct (Z.eqb_spec (plus S) (minus S)) as [E|_].
    { intros H. injection H as <-. apply slope_linear; auto.
      - symmetry. apply plus_value.
      - rewrite E. symmetry. apply minus_value. }
    cbv zeta. destruct (datum_direction k Hk) as [[H0 Hx]|(Hl & Hd & Hx)].
    { fold (member M k). rewrite H0. simpl. intros H. injection H as <-.
      apply slope_held; auto. apply (small_ext p P0 Z i (fun _ => 0)); [|now apply small_0].
      intros Q _. now rewrite Hx. }
    fold (member M k). destruct (Z.eqb_spec (snd (member M k)) 0) as [|_]; [contradiction|]. simpl orb.
    set (q := class_rep M k) in *. set (l := snd (member M k)) in *.
    assert (Hv : forall v, dot p v (x k) = IZR l / DX * rdot (direction q) v).
    { intros v. apply (Rmult_eq_reg_l DX); [|lra]. rewrite Hx. field. lra. }
    destruct (is_in q (held wit i)) eqn:Eh.
    { intros H. injection H as <-. apply slope_held; auto.
      apply is_in_spec in Eh. destruct (facts i Hi) as (_ & _ & Hh & _).
      destruct (Hh q Eh) as (_ & _ & Hsm).
      apply (small_ext p P0 Z i (fun Q => IZR l / DX * rdot (direction q) (moved P0 Q i))).
      - intros Q _. symmetry. apply Hv.
      - apply small_scal, Hsm. }
    destruct (side_of (sides_of dec i) q) as [above|] eqn:Es; [|discriminate].
    intros H. injection H as <-. destruct (Hcell i q above Hi Es) as (_ & _ & Ha).
    assert (Hl' : l <> 0%Z) by exact Hl.
    destruct (Z.ltb_spec 0 l) as [Hp|Hn].
    + assert (Hp' : 0 < IZR l) by (now apply IZR_lt).
      assert (0 <= IZR l / DX) by (left; now apply Rdiv_lt_0_compat).
      destruct above; simpl.
      * rewrite plus_value. apply slope_plus_side; auto.
        apply (at_least_ext p P0 Z i (fun Q => IZR l / DX * rdot (signed true (direction q)) (moved P0 Q i))).
        -- intros Q _. rewrite Hv, rdot_signed. ring.
        -- now apply at_least_scal.
      * rewrite minus_value. apply slope_minus_side; auto.
        apply (at_least_ext p P0 Z i (fun Q => IZR l / DX * rdot (signed false (direction q)) (moved P0 Q i))).
        -- intros Q _. rewrite Hv, rdot_signed. ring.
        -- now apply at_least_scal.
    + assert (Hp' : 0 < - IZR l) by (rewrite <- opp_IZR; apply IZR_lt; lia).
      assert (0 <= - IZR l / DX) by (left; now apply Rdiv_lt_0_compat).
      destruct above; simpl.
      * rewrite minus_value. apply slope_minus_side; auto.
        apply (at_least_ext p P0 Z i (fun Q => - IZR l / DX * rdot (signed true (direction q)) (moved P0 Q i))).
        -- intros Q _. rewrite Hv, rdot_signed. field. lra.
        -- now apply at_least_scal.
      * rewrite plus_value. apply slope_plus_side; auto.
        apply (at_least_ext p P0 Z i (fun Q => - IZR l / DX * rdot (signed false (direction q)) (moved P0 Q i))).
        -- intros Q _. rewrite Hv, rdot_signed. field. lra.
        -- now apply at_least_scal.
  - intros H. injection H as <-. rewrite plus_value.
    pose proof (slope_off_kink p P0 Z i Hc k) as F. destruct (Rlt_dec 0 (dot p (w P0 i) (x k))); [|lra].
    apply F. lra.
  - intros H. injection H as <-. rewrite minus_value.
    pose proof (slope_off_kink p P0 Z i Hc k) as F. destruct (Rlt_dec 0 (dot p (w P0 i) (x k))); [lra|].
    apply F. lra.
Qed.
Lemma slope_active i sides k : (i < m)%nat -> (k < N)%nat ->
  IZR (known_slope (slope_at S M pre wit i sides k)) / DS * dot p (w P0 i) (x k)
  = rho p (dot p (w P0 i) (x k)).
Proof.
  intros Hi Hk. unfold slope_at, rho. pose proof (sign_at i k Hi Hk) as Hs.
  destruct (nth k (nth i (p_T pre) []) 0%Z) as [|t|t].
  - rewrite Hs. destruct (Rlt_dec 0 0); ring.
  - cbn [known_slope]. rewrite plus_value. destruct (Rlt_dec _ _); [reflexivity | lra].
  - cbn [known_slope]. rewrite minus_value. destruct (Rlt_dec _ _); [lra | reflexivity].
Qed.

(** *** Weighted sums of the data *)
Lemma length_slopes i sides : length (slopes S M pre wit i sides) = N.
Proof. unfold slopes. rewrite map_length, seq_length. reflexivity. Qed.
Lemma slopes_nth i sides k : (k < N)%nat ->
  nth k (slopes S M pre wit i sides) None = slope_at S M pre wit i sides k.
Proof. intros Hk. unfold slopes. now rewrite nth_seq_map. Qed.

Lemma weighted_spec l a v : length l = N -> length a = N ->
  length (weighted S pre l a) = d /\ rdot (weighted S pre l a) v =
    DX * sum N (fun k => zvec a k * IZR (known_slope (nth k l None)) * dot p v (x k)).
Proof.
  intros Hl Ha. unfold weighted. change (p_X pre) with (X S D).
  assert (Hlen : length (lincomb d (zmul a (map known_slope l)) (X S D)) = d)
    by (apply length_lincomb, (sized_X S P D Hok)).
  split; [exact Hlen|]. destruct (zmul_spec N a (map known_slope l)) as [Z1 Z2]; auto.
  { now rewrite map_length. }
  unfold rdot. rewrite Hlen.
  rewrite (sum_ext d _ (fun e => sum N (fun k => (zvec a k * IZR (known_slope (nth k l None)))
     * (DX * (input p k e * v e))))).
  - rewrite sum_swap, <- sum_scal. apply sum_ext. intros k Hk. rewrite !sum_scal.
    rewrite (dot_comm p v). unfold dot. change (inputs p) with d. ring.
  - intros e He. rewrite (lincomb_spec d N); auto.
    + rewrite <- sum_scal_r. apply sum_ext. intros k Hk. rewrite Z2, (X_spec S P D Hok). fold p.
      unfold zvec at 2. rewrite (nth_map_lt known_slope l k None) by (rewrite Hl; exact Hk). ring.
    + apply (sized_X S P D Hok).
    + apply (length_X S D).
Qed.

Section Neuron.
Variable i : nat.
Hypothesis Hi : (i < m)%nat.
Let l := slopes S M pre wit i (sides_of dec i).

Lemma steps_small (y : row) : length y = N -> seen l y = true ->
  small p P0 Z i (fun Q => sum N (fun k => zvec y k * step p P0 Q i k)
    - / (DS * DX) * rdot (weighted S pre l y) (moved P0 Q i)).
Proof.
  intros Hy Hs. pose proof DX_pos. pose proof DS_pos.
  apply (small_ext p P0 Z i (fun Q => sum N (fun k => zvec y k * (step p P0 Q i k
    - IZR (known_slope (nth k l None)) / DS * dot p (moved P0 Q i) (x k))))).
  - intros Q _. destruct (weighted_spec l y (moved P0 Q i) (length_slopes i _) Hy) as [_ ->].
    rewrite <- !sum_scal, <- sum_minus. apply sum_ext. intros k _. field. lra.
  - apply small_sum; [intros; now apply cost_pos|]. intros k Hk.
    apply (for_all2_spec _ _ _ None 0%Z) in Hs as [_ Hs]. unfold l in Hs at 1. rewrite length_slopes in Hs.
    specialize (Hs k Hk). fold l in Hs. destruct (nth k l None) as [s|] eqn:E.
    + apply small_scal. simpl. unfold l in E. rewrite slopes_nth in E by auto. now apply slope_sound.
    + apply Z.eqb_eq in Hs. unfold zvec. rewrite Hs.
      apply (small_ext p P0 Z i (fun _ => 0)); [intros; ring|]. apply small_0. intros; now apply cost_pos.
Qed.
Lemma activity_value (y : row) sides : length y = N ->
  sum N (fun k => zvec y k * rho p (dot p (w P0 i) (x k)))
  = / (DS * DX * DW) * IZR (zdot (weighted S pre (slopes S M pre wit i sides) y) (weight pre i)).
Proof.
  intros Hy. pose proof DX_pos. pose proof DS_pos. pose proof DW_pos.
  destruct (weighted_spec (slopes S M pre wit i sides) y (w P0 i) (length_slopes i _) Hy) as [E1 E2].
  rewrite <- (rdot_weight _ i Hi E1), E2, <- !sum_scal. apply sum_ext. intros k Hk.
  rewrite <- (slope_active i sides k Hi Hk), slopes_nth by auto. field. lra.
Qed.
Lemma decided_spec : decided_slopes l = true -> forall k, (k < N)%nat ->
  has_slope p P0 Z i k (IZR (known_slope (nth k l None)) / DS).
Proof.
  intros H k Hk. pose proof (forallb_nth _ _ None H k) as E. unfold l in E at 1. rewrite length_slopes in E.
  specialize (E Hk). destruct (nth k l None) as [s|] eqn:F; [|discriminate]. simpl.
  unfold l in F. rewrite slopes_nth in F by auto. now apply slope_sound.
Qed.
Definition unit_E : R := 2 * scale p / (DE * DS * DX).
Lemma unit_E_pos : 0 < unit_E.
Proof.
  unfold unit_E. pose proof scale_pos. pose proof DX_pos. pose proof DS_pos. pose proof DE_pos.
  apply Rdiv_lt_0_compat; [lra|]. repeat apply Rmult_lt_0_compat; auto.
Qed.
Lemma length_pE : length (p_E pre) = J. Proof. apply (length_E S P D Hok). Qed.
Lemma pE_length j : (j < J)%nat -> length (nth j (p_E pre) []) = N.
Proof. intros Hj. now apply (length_E_row S P D Hok). Qed.
Lemma psi_small j : (j < J)%nat -> decided_slopes l = true ->
  small p P0 Z i (fun Q => Definitions.psi p P0 i (moved P0 Q i) j
    - unit_E * rdot (weighted S pre l (nth j (p_E pre) [])) (moved P0 Q i)).
Proof.
  intros Hj H. pose proof DX_pos. pose proof DS_pos. pose proof DE_pos.
  assert (Hc : forall Q, Z Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_pos).
  apply (small_ext p P0 Z i _ _ ) with (2 := psi_linear p P0 Z i Hc _ (decided_spec H) j).
  intros Q _. f_equal.
  destruct (weighted_spec l (nth j (p_E pre) []) (moved P0 Q i) (length_slopes i _) (pE_length j Hj)) as [_ ->].
  unfold unit_E. rewrite <- !sum_scal. apply sum_ext. intros k Hk.
  change (zvec (nth j (p_E pre) []) k) with (zmat (residual_rows S P D (T S P D)) j k).
  rewrite (E_spec S P D Hok j k Hj Hk). fold p P0. field. lra.
Qed.

(** *** Combinations *)
Lemma combines_spec unit target us c us' c' v : combines S unit target us c us' c' = true ->
  (forall u, In u us -> length u = d) -> (forall u, In u us' -> length u = d) ->
  IZR (Zpos unit) * rdot target v
  = sum (length us) (fun a => zvec c a * rdot (nth a us []) v)
    + sum (length us') (fun a => zvec c' a * rdot (nth a us' []) v).
Proof.
  intros H Hu Hu'. unfold combines in H. repeat rewrite andb_true_iff in H. destruct H as [[H1 H2] H3].
  apply Nat.eqb_eq in H1, H2. apply row_eqb_eq in H3.
  assert (R : forall us c, (forall u, In u us -> length u = d) -> length c = length us ->
    length (lincomb d c us) = d
    /\ rdot (lincomb d c us) v = sum (length us) (fun a => zvec c a * rdot (nth a us []) v)).
  { clear. intros us c Hu Hc. assert (Hl : length (lincomb d c us) = d) by (now apply length_lincomb).
    split; auto. unfold rdot at 1. rewrite Hl.
    rewrite (sum_ext d _ (fun e => sum (length us) (fun a => zvec c a * (zmat us a e * v e)))).
    - rewrite sum_swap. apply sum_ext. intros a Ha. rewrite sum_scal. f_equal. unfold rdot, zmat.
      rewrite (Hu (nth a us [])); auto. now apply nth_In.
    - intros e He. rewrite (lincomb_spec d (length us)); auto. rewrite <- sum_scal_r.
      apply sum_ext. intros; ring. }
  destruct (R us c Hu H1) as [L1 R1]. destruct (R us' c' Hu' H2) as [L2 R2].
  rewrite <- rdot_smul, H3, rdot_vadd, R1, R2; [reflexivity | congruence].
Qed.
Lemma combines_small unit target us c us' c' : combines S unit target us c us' c' = true ->
  (forall u, In u us -> length u = d) ->
  (forall u, In u us' -> length u = d /\ small p P0 Z i (fun Q => rdot u (moved P0 Q i))) ->
  small p P0 Z i (fun Q => rdot target (moved P0 Q i)
    - / IZR (Zpos unit) * sum (length us) (fun a => zvec c a * rdot (nth a us []) (moved P0 Q i))).
Proof.
  intros H Hu Hu'. pose proof (IZR_Zpos unit).
  apply (small_ext p P0 Z i (fun Q => / IZR (Zpos unit)
    * sum (length us') (fun a => zvec c' a * rdot (nth a us' []) (moved P0 Q i)))).
  - intros Q _. apply (Rmult_eq_reg_l (IZR (Zpos unit))); [|lra].
    rewrite Rmult_minus_distr_l, (combines_spec _ _ _ _ _ _ (moved P0 Q i) H Hu) by (intros; now apply Hu').
    field. lra.
  - apply small_scal. apply small_sum; [intros; now apply cost_pos|]. intros a Ha. apply small_scal.
    apply Hu'. now apply nth_In.
Qed.

(** *** Sides and levels *)
Lemma held_facts q : In q (held wit i) -> length (direction q) = d /\ rdot (direction q) (w P0 i) = 0
  /\ small p P0 Z i (fun Q => rdot (direction q) (moved P0 Q i)).
Proof.
  intros Hq. destruct (facts i Hi) as (_ & _ & Hh & _). destruct (Hh q Hq) as (A & B & C). auto.
Qed.
Lemma combined_small ms : among (held wit i) ms = true ->
  length (combined S M ms) = d /\ small p P0 Z i (fun Q => rdot (combined S M ms) (moved P0 Q i)).
Proof.
  intros H. pose proof (among_spec _ _ H) as Hin.
  assert (Hd : forall qz, In qz ms -> length (direction (fst qz)) = d)
    by (intros qz Hq; apply held_facts; auto).
  split; [apply (rdot_combined ms (fun _ => 0) Hd)|].
  apply (small_ext p P0 Z i (fun Q => fsum (fun qz => IZR (snd qz) * rdot (direction (fst qz)) (moved P0 Q i)) ms)).
  - intros Q _. symmetry. now apply rdot_combined.
  - apply small_fsum; [intros; now apply cost_pos|]. intros qz Hq. apply small_scal. apply held_facts. auto.
Qed.
Definition signed_direction (qz : nat * BinNums.Z) : row :=
  signed (match side_of (sides_of dec i) (fst qz) with Some s => s | None => true end) (direction (fst qz)).
Lemma with_sides_spec ms u : with_sides S M (sides_of dec i) ms = Some u ->
  (forall qz, In qz ms -> (0 <= snd qz)%Z /\ length (direction (fst qz)) = d
     /\ rdot (direction (fst qz)) (w P0 i) = 0
     /\ at_least p P0 Z i (fun Q => rdot (signed_direction qz) (moved P0 Q i)))
  /\ length u = d /\ forall v, rdot u v = fsum (fun qz => IZR (snd qz) * rdot (signed_direction qz) v) ms.
Proof.
  unfold with_sides. destruct (forallb _ ms) eqn:E; [|discriminate]. intros H. injection H as <-.
  rewrite forallb_forall in E.
  assert (A : forall qz, In qz ms -> (0 <= snd qz)%Z /\ length (direction (fst qz)) = d
     /\ rdot (direction (fst qz)) (w P0 i) = 0
     /\ at_least p P0 Z i (fun Q => rdot (signed_direction qz) (moved P0 Q i))).
  { intros qz Hq. specialize (E qz Hq). unfold signed_direction.
    destruct (side_of (sides_of dec i) (fst qz)) as [s|] eqn:F; [|discriminate].
    apply Z.leb_le in E. destruct (Hcell i (fst qz) s Hi F) as (B1 & B2 & B3). auto. }
  assert (Hs : forall qz, In qz ms -> length (signed_direction qz) = d).
  { intros qz Hq. unfold signed_direction. rewrite length_signed. now apply A. }
  split; [exact A|]. split.
  - apply length_lincomb. intros r Hr. apply in_map_iff in Hr as (qz & <- & Hq). now apply Hs.
  - intros v. apply (rdot_lincomb d (fun qz : nat * BinNums.Z => snd qz) signed_direction). exact Hs.
Qed.
Lemma at_least_fsum {A} (f : A -> network -> R) (c : A -> R) la :
  (forall a, In a la -> 0 <= c a /\ at_least p P0 Z i (f a)) ->
  at_least p P0 Z i (fun Q => fsum (fun a => c a * f a Q) la).
Proof.
  induction la as [|a la IH]; intros H; simpl.
  - exists 0. split; [lra|]. intros Q HQ. pose proof (cost_pos i Q Hi HQ). lra.
  - destruct (H a ltac:(simpl; auto)) as [A1 A2]. apply at_least_plus.
    + now apply at_least_scal.
    + apply IH. intros; apply H; simpl; auto.
Qed.
(** factor * target as a combination of sides is nonnegative up to small quantities. *)
Lemma from_sides_spec factor target from held_ones :
  from_sides S M wit i (sides_of dec i) factor target from held_ones = true ->
  exists e, small p P0 Z i e /\
    (forall qz, In qz from -> (0 <= snd qz)%Z /\ length (direction (fst qz)) = d
       /\ rdot (direction (fst qz)) (w P0 i) = 0
       /\ at_least p P0 Z i (fun Q => rdot (signed_direction qz) (moved P0 Q i)))
    /\ forall Q, IZR (Zpos factor) * rdot target (moved P0 Q i)
       = fsum (fun qz => IZR (snd qz) * rdot (signed_direction qz) (moved P0 Q i)) from + e Q.
Proof.
  unfold from_sides. destruct (with_sides _ _ _ _) as [u|] eqn:E; [|discriminate]. intros H.
  apply andb_prop in H as [H1 H2]. apply row_eqb_eq in H2.
  destruct (with_sides_spec _ _ E) as (A & B & C). destruct (combined_small _ H1) as [L Hsm].
  exists (fun Q => rdot (combined S M held_ones) (moved P0 Q i)). split; [exact Hsm|]. split; [exact A|].
  intros Q. rewrite <- rdot_smul, H2, rdot_vadd, C by congruence. reflexivity.
Qed.
Lemma follows_at_least factor target from held_ones :
  from_sides S M wit i (sides_of dec i) factor target from held_ones = true ->
  at_least p P0 Z i (fun Q => rdot target (moved P0 Q i)).
Proof.
  intros H. destruct (from_sides_spec _ _ _ _ H) as (e & He & Hf & E). pose proof (IZR_Zpos factor).
  apply (at_least_ext p P0 Z i (fun Q => / IZR (Zpos factor) *
    (fsum (fun qz => IZR (snd qz) * rdot (signed_direction qz) (moved P0 Q i)) from + e Q))).
  - intros Q _. rewrite <- E. field. lra.
  - apply at_least_scal; [left; now apply Rinv_0_lt_compat|]. apply at_least_plus.
    + apply (at_least_fsum (fun qz Q => rdot (signed_direction qz) (moved P0 Q i))).
      intros qz Hq. destruct (Hf qz Hq) as (A & _ & _ & B). split; auto. now apply IZR_le.
    + apply small_at_least; auto.
Qed.
(** If a nonnegative combination of sides is at most a multiple of the cost, so is every term. *)
Lemma terms_small {A} (f : A -> network -> R) (c : A -> R) la :
  (forall a, In a la -> 0 <= c a /\ at_least p P0 Z i (f a)) ->
  small p P0 Z i (fun Q => fsum (fun a => c a * f a Q) la) ->
  forall a, In a la -> 0 < c a -> small p P0 Z i (f a).
Proof.
  intros H Hs a Hin Hc.
  assert (Hcost : forall Q, Z Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_pos).
  apply small_between; auto; [now apply H|].
  assert (B : at_least p P0 Z i (fun Q => fsum (fun a => c a * f a Q) la - c a * f a Q)).
  { clear Hs. induction la as [|a' la IH]; [contradiction|].
    destruct Hin as [->|Hin].
    - apply (at_least_ext p P0 Z i (fun Q => fsum (fun a => c a * f a Q) la)); [intros; simpl; ring|].
      apply at_least_fsum. intros; apply H; simpl; auto.
    - apply (at_least_ext p P0 Z i (fun Q => c a' * f a' Q + (fsum (fun a => c a * f a Q) la - c a * f a Q)));
        [intros; simpl; ring|]. destruct (H a' ltac:(simpl; auto)) as [A1 A2]. apply at_least_plus.
      + now apply at_least_scal.
      + apply IH; auto. intros; apply H; simpl; auto. }
  apply (at_least_ext p P0 Z i (fun Q => / c a * ((fsum (fun a => c a * f a Q) la - c a * f a Q)
    + -1 * fsum (fun a => c a * f a Q) la))); [intros; field; lra|].
  apply at_least_scal; [left; now apply Rinv_0_lt_compat|]. apply at_least_plus; auto.
  apply small_at_least; auto. now apply small_scal.
Qed.

Lemma phi_row_small : decided_slopes l = true -> length (phi_row S pre i l) = d
  /\ small p P0 Z i (fun Q => rdot (phi_row S pre i l) (moved P0 Q i)).
Proof.
  intros H. destruct (height_spec S P D M Hok i) as [Hl Hh]. fold pre p P0 in Hl, Hh.
  assert (Hc : forall Q, Z Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_pos).
  set (rows := map (weighted S pre l) (p_E pre)).
  assert (Hr : forall j, (j < J)%nat -> nth j rows [] = weighted S pre l (nth j (p_E pre) [])).
  { intros j Hj. unfold rows. apply nth_map_lt. now rewrite length_pE. }
  assert (Hlr : length rows = J) by (unfold rows; rewrite map_length; apply length_pE).
  assert (Hrd : all_sized d rows).
  { intros r Hin. apply (In_nth _ _ []) in Hin as (j & Hj & <-). rewrite Hlr in Hj. rewrite Hr by auto.
    apply (weighted_spec l _ (fun _ => 0) (length_slopes i _) (pE_length j Hj)). }
  assert (Hlen : length (phi_row S pre i l) = d) by (now apply length_lincomb).
  split; [exact Hlen|].
  pose proof unit_E_pos. pose proof DV_pos.
  apply (small_ext p P0 Z i (fun Q => DV / unit_E * (cost p P0 Q i
    + -1 * sum J (fun j => h P0 i j * (Definitions.psi p P0 i (moved P0 Q i) j
        - unit_E * rdot (weighted S pre l (nth j (p_E pre) [])) (moved P0 Q i)))))).
  - intros Q _.
    assert (E : rdot (phi_row S pre i l) (moved P0 Q i)
      = DV * sum J (fun j => h P0 i j * rdot (weighted S pre l (nth j (p_E pre) [])) (moved P0 Q i))).
    { unfold rdot at 1. rewrite Hlen. unfold phi_row. fold rows.
      rewrite (sum_ext d _ (fun e => sum J (fun j => DV * h P0 i j * (zmat rows j e * moved P0 Q i e)))).
      - rewrite sum_swap, <- sum_scal. apply sum_ext. intros j Hj. rewrite sum_scal, <- (Hr j Hj).
        unfold rdot. rewrite (all_sized_nth d) by (auto; rewrite Hlr; auto). unfold zmat. ring.
      - intros e _. rewrite (lincomb_spec d J) by auto. rewrite <- sum_scal_r. apply sum_ext.
        intros j _. rewrite Hh. ring. }
    rewrite E. unfold cost, Definitions.phi, inner.
    rewrite (sum_ext J (fun j => h P0 i j * (_ - _)) (fun j => h P0 i j * Definitions.psi p P0 i (moved P0 Q i) j
      - unit_E * (h P0 i j * rdot (weighted S pre l (nth j (p_E pre) [])) (moved P0 Q i)))) by (intros; ring).
    rewrite sum_minus, sum_scal. field. lra.
  - apply small_scal, small_plus.
    + exists 1. split; [lra|]. intros Q HQ. rewrite Rabs_right; [lra|]. apply Rle_ge. now apply cost_pos.
    + apply small_scal, small_sum; auto. intros j Hj. apply small_scal. now apply psi_small.
Qed.

Lemma level_sound v : level_ok S M pre wit i (sides_of dec i) l v = true ->
  forall q, In q (costly wit i v) -> length (direction q) = d /\ rdot (direction q) (w P0 i) = 0
    /\ small p P0 Z i (fun Q => rdot (direction q) (moved P0 Q i)).
Proof.
  intros H q Hq. unfold costly in Hq. apply in_app_or in Hq as [Hq|Hq]; [now apply held_facts|].
  destruct v as [[[factor from] held_ones]|]; [|contradiction]. simpl in H.
  apply andb_prop in H as [Hd H]. destruct (from_sides_spec _ _ _ _ H) as (e & He & Hf & E).
  apply in_map_iff in Hq as (qz & <- & Hin). apply filter_In in Hin as [Hin Hz]. apply Z.ltb_lt in Hz.
  destruct (Hf qz Hin) as (_ & A & B & _). split; [exact A|]. split; [exact B|].
  assert (T : small p P0 Z i (fun Q => rdot (signed_direction qz) (moved P0 Q i))).
  { apply (terms_small (fun qz Q => rdot (signed_direction qz) (moved P0 Q i)) (fun qz => IZR (snd qz)) from);
      auto; [| |now apply IZR_lt].
    - intros a Ha. destruct (Hf a Ha) as (A1 & _ & _ & A2). split; auto. now apply IZR_le.
    - apply (small_ext p P0 Z i (fun Q => IZR (Zpos factor) * rdot (phi_row S pre i l) (moved P0 Q i) + -1 * e Q)).
      + intros Q _. rewrite E. ring.
      + apply small_plus; apply small_scal; auto. now apply phi_row_small. }
  unfold signed_direction in T.
  destruct (side_of (sides_of dec i) (fst qz)) as [[|]|]; simpl in T; auto.
  apply (small_ext p P0 Z i (fun Q => -1 * rdot (smul (-1) (direction (fst qz))) (moved P0 Q i))).
  - intros Q _. rewrite rdot_smul. ring.
  - now apply small_scal.
Qed.
Lemma free_rows_sound rank v : level_ok S M pre wit i (sides_of dec i) l v = true ->
  forall u, In u (free_rows S M pre wit rank i v) -> length u = d /\ small p P0 Z i (fun Q => rdot u (moved P0 Q i)).
Proof.
  intros H u Hu. unfold free_rows in Hu. apply in_app_or in Hu as [Hu|Hu].
  - apply in_map_iff in Hu as (q & <- & Hq). destruct (level_sound v H q Hq) as (A & _ & B). auto.
  - destruct rank; [contradiction|]. unfold gauge_rows in Hu. cbv zeta in Hu.
    destruct (_ && _) eqn:E; [|contradiction]. destruct Hu as [<-|[]].
    apply andb_prop in E as [E1 E2]. apply Nat.eqb_eq in E1. apply negb_true_iff, Z.eqb_neq in E2.
    split; [exact E1|]. apply (small_ext p P0 Z i (fun _ => 0)); [|apply small_0; intros; now apply cost_pos].
    intros Q HQ. symmetry.
    assert (R : forall v, rdot (its_gauge (neuron_at wit i)) v = dot p v (gauge_vectors i)).
    { intros v0. unfold rdot. rewrite E1. rewrite (dot_comm p). reflexivity. }
    rewrite R. apply (Hgauge Q HQ i Hi). rewrite <- R. intros E0. apply E2.
    pose proof (rdot_weight (its_gauge (neuron_at wit i)) i Hi E1) as W. rewrite E0, Rmult_0_r in W.
    rewrite zdot_comm. now apply eq_IZR.
Qed.
Lemma costly_rows_sound v : level_ok S M pre wit i (sides_of dec i) l v = true ->
  forall u, In u (costly_rows M wit i v) -> length u = d /\ small p P0 Z i (fun Q => rdot u (moved P0 Q i)).
Proof.
  intros H u Hu. apply in_map_iff in Hu as (q & <- & Hq). destruct (level_sound v H q Hq) as (A & _ & B). auto.
Qed.
End Neuron.
End Cell.
End Sound.
