(** Every leaf of a certificate by blocks proves that its block does not decrease the loss. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims Integers Prepare Facts
  Functional Checks SecondOrder BlockMinimum BlockChecks BlockForms BlockSoundness.
Import ListNotations.
Local Open Scope R_scope.

Section Leaf.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging) (wit : blocks_witness).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (Prepare.m P). Notation N := (points p). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))). Notation DS := (IZR (Zpos (den_slopes S))).
Notation DE := (IZR (Zpos (unit_e S D))).
Notation x := (input p).
Variables (near_cell : network -> Prop) (dec : decided).
Hypothesis facts : forall i, (i < m)%nat -> neuron_facts S P D M wit i.
Hypothesis Hcell : on_cell S P M near_cell dec.
Hypothesis Hgauge : forall Q, near_cell Q -> in_gauge p P0 (gauge_vectors wit) Q.
Variables (b : nat) (lf : leaf).
Notation nb := (block_of wit). Notation db := (data_block wit).
Notation U := (IZR (Zpos (leaf_unit lf))).
Notation part_at := (part_at lf).
Notation here := (here P wit b).
Notation sides i := (sides_of dec i).
Notation sl i := (slopes S M pre wit i (sides_of dec i)).
Notation act := (activity_row S M pre wit dec lf).
Notation uE := (unit_E S D).
Let L := length (features lf).
Let y (l k : nat) : R := zvec (nth l (features lf) []) k.

Let scale_pos := scale_pos S P D Hok.
Let DX_pos := DX_pos D. Let DS_pos := DS_pos S. Let DE_pos := DE_pos S D. Let DV_pos := DV_pos D.
Let DW_pos := DW_pos D.
Lemma U_pos : 0 < U. Proof. apply IZR_Zpos. Qed.
Lemma cost_here i Q : (i < m)%nat -> near_cell Q -> 0 <= cost p P0 Q i.
Proof. apply (cost_pos S P D M wit near_cell facts). Qed.

Lemma here_spec i : In i here <-> (i < m)%nat /\ nb i = b.
Proof.
  unfold BlockChecks.here. rewrite filter_In, in_seq, Nat.eqb_eq. split; intros [A B]; split; auto; lia.
Qed.
Lemma here_nodup : NoDup here. Proof. apply NoDup_filter, seq_NoDup. Qed.
Lemma block_sum_here f : block_sum P0 nb b f = fsum f here.
Proof.
  unfold block_sum, BlockChecks.here. rewrite <- fsum_seq. change (width P0) with m.
  induction (seq 0 m) as [|i l IH]; simpl; auto. unfold in_block at 1.
  destruct (Nat.eqb (nb i) b); simpl; rewrite IH; ring.
Qed.

(** ** Features *)
Lemma features_sound : features_ok S wit b lf = true ->
  (forall l, (l < L)%nat -> length (nth l (features lf) []) = N)
  /\ (has_output_bias p = true -> forall l, (l < L)%nat -> sum N (y l) = 0)
  /\ (forall l k, (l < L)%nat -> (k < N)%nat -> db k <> b -> y l k = 0)
  /\ let omega l := IZR (nth l (feature_weights lf) 0%Z) / IZR (Zpos (weight_unit lf)) in
     length (feature_weights lf) = L
     /\ (forall l, (l < L)%nat -> 0 <= omega l)
     /\ forall u : nat -> R, sum L (fun l => omega l * sum N (fun k => y l k * u k) ^ 2)
          <= sum N (fun k => in_block db b k (u k ^ 2)).
Proof.
  unfold features_ok. intros H. apply andb_prop in H as [H Ho]. apply andb_prop in H as [Hf Hw].
  assert (F : forall l, (l < L)%nat -> length (nth l (features lf) []) = N
    /\ (has_output_bias p = true -> sum N (y l) = 0)
    /\ forall k, (k < N)%nat -> db k <> b -> y l k = 0).
  { intros l Hl. pose proof (forallb_nth _ _ [] Hf l Hl) as A. cbv beta in A.
    apply andb_prop in A as [A A3]. apply andb_prop in A as [A1 A2].
    apply Nat.eqb_eq in A1. split; [exact A1|]. split.
    - intros Hb. change (has_output_bias p) with (with_output_bias S) in Hb. rewrite Hb in A2. simpl in A2.
      apply Z.eqb_eq in A2. change (sum N (zvec (nth l (features lf) [])) = 0).
      rewrite <- (zsum_sum N _ A1), A2. reflexivity.
    - intros k Hk Hne. rewrite forallb_forall in A3. specialize (A3 k). rewrite in_seq in A3.
      specialize (A3 ltac:(split; [lia | exact Hk])). apply orb_prop in A3 as [A3|A3].
      + apply Nat.eqb_eq in A3. contradiction.
      + apply Z.eqb_eq in A3. unfold y, zvec. now rewrite A3. }
  split; [intros; now apply F|]. split; [intros Hb l Hl; now apply F|]. split; [intros; now apply F|].
  cbv zeta. apply (for_all2_spec _ _ _ [] 0%Z) in Hw as [Hlw Hw]. fold L in Hlw, Hw.
  pose proof (IZR_Zpos (weight_unit lf)) as HU.
  assert (W : forall l, (l < L)%nat -> 0 <= IZR (nth l (feature_weights lf) 0%Z) / IZR (Zpos (weight_unit lf))
    /\ IZR (nth l (feature_weights lf) 0%Z) / IZR (Zpos (weight_unit lf)) * sum N (fun k => y l k ^ 2) <= 1).
  { intros l Hl. specialize (Hw l Hl). apply andb_prop in Hw as [W1 W2].
    apply Z.leb_le, IZR_le in W1, W2. split.
    - apply Rmult_le_pos; auto. left; now apply Rinv_0_lt_compat.
    - rewrite mult_IZR, (zdot_sum N) in W2 by (now apply F).
      apply (Rmult_le_reg_l (IZR (Zpos (weight_unit lf)))); auto. rewrite Rmult_1_r.
      eapply Rle_trans; [right|exact W2]. unfold y.
      rewrite (sum_ext N (fun k => zvec _ k * zvec _ k) (fun k => zvec (nth l (features lf) []) k ^ 2))
        by (intros; ring). field. lra. }
  split; [now symmetry|]. split; [intros; now apply W|]. intros u.
  assert (O : forall l l', (l < l')%nat -> (l' < L)%nat -> sum N (fun k => y l k * y l' k) = 0).
  { intros l l' H1 H2. unfold y. rewrite <- (zdot_sum N) by (apply F; lia).
    apply (f_equal IZR). clear - Ho H1 H2. unfold L in H2. revert l l' H1 H2.
    induction (features lf) as [|r t IH]; intros l l' H1 H2; simpl in H2; [lia|].
    apply andb_prop in Ho as [O1 O2]. destruct l' as [|l']; [lia|]. destruct l as [|l]; simpl.
    - apply Z.eqb_eq. apply (forallb_nth _ _ [] O1). lia.
    - apply IH; auto; lia. }
  pose proof (bessel_inequality N y (fun l => IZR (nth l (feature_weights lf) 0%Z) / IZR (Zpos (weight_unit lf)))
    L W O (fun k => in_block db b k (u k))) as B. cbv beta in B.
  rewrite (sum_ext N (fun k => in_block db b k (u k) ^ 2) (fun k => in_block db b k (u k ^ 2))) in B.
  2:{ intros k _. unfold in_block. destruct (Nat.eqb _ _); ring. }
  eapply Rle_trans; [right|exact B]. apply sum_ext. intros l Hl. f_equal. f_equal. apply sum_ext.
  intros k Hk. unfold in_block. destruct (Nat.eqb_spec (db k) b) as [E|E]; auto.
  destruct (F l Hl) as (_ & _ & F3). rewrite F3 by auto. ring.
Qed.

(** Neurons of other blocks do not occur. *)
Lemma outside_sound : features_ok S wit b lf = true ->
  forall Q i l j, (i < m)%nat -> nb i <> b -> (l < L)%nat -> part p P0 y Q i l j = 0.
Proof.
  intros Hf Q i l j Hi Hb Hl. destruct (features_sound Hf) as (_ & _ & F & _).
  apply sum_zero. intros k Hk. destruct (Nat.eq_dec (db k) b) as [E|E].
  - destruct (facts i Hi) as (_ & _ & _ & _ & Hin). destruct (Hin k Hk) as [H|H]; [|congruence].
    assert (C : changed p P0 Q i k j = 0); [|rewrite C; ring].
    unfold changed, step, drho, rho. pose proof (sign_at S P D M Hok i k Hi Hk) as Hs.
    fold pre p P0 in Hs. unfold inert in H. fold (member M k) in H. fold pre in H.
    assert (Hp : forall z, Z.eqb z 0 = true -> IZR z = 0) by (intros z Hz; apply Z.eqb_eq in Hz; now subst).
    assert (Vp : plus S = 0%Z -> slope_plus p = 0).
    { intros E0. pose proof (plus_spec S) as V. rewrite E0 in V. apply (Rmult_eq_reg_l DS); [|lra].
      fold p in V. lra. }
    assert (Vm : minus S = 0%Z -> slope_minus p = 0).
    { intros E0. pose proof (minus_spec S) as V. rewrite E0 in V. apply (Rmult_eq_reg_l DS); [|lra].
      fold p in V. lra. }
    destruct (nth k (nth i (p_T pre) []) 0%Z) as [|t|t].
    + rewrite Hs. apply orb_prop in H as [H|H].
      * apply Z.eqb_eq in H.
        destruct (datum_direction S P D M Hok Hm k Hk) as [[_ Hx]|[Hne _]]; [|contradiction].
        fold p in Hx. rewrite Hx. repeat destruct (Rlt_dec _ _); try lra; ring.
      * apply andb_prop in H as [H1 H2]. apply Z.eqb_eq in H1, H2. rewrite (Vp H1), (Vm H2).
        repeat destruct (Rlt_dec _ _); ring.
    + apply Z.eqb_eq in H. rewrite (Vp H). destruct (Rlt_dec 0 _); [ring | lra].
    + apply Z.eqb_eq in H. rewrite (Vm H). repeat destruct (Rlt_dec _ _); try lra; ring.
  - rewrite F by auto. ring.
Qed.

(** ** The part of a neuron *)
Definition coords (i : nat) (Q : network) : list R :=
  map (fun t => rdot t (moved P0 Q i)) (functionals_of lf i) ++ map (raised P0 Q i) (seq 0 (outputs_of S lf i)).
Definition gain (i : nat) (Q : network) : R :=
  match part_at i with
  | Examined Whole _ ts _ _ => sum J (fun j => raised P0 Q i j
      * (uE * (/ U * sum (length ts) (fun a => zvec (psi_of lf i j) a * rdot (nth a ts []) (moved P0 Q i)))))
  | _ => 0
  end.
Definition K1 : R := DS * DX * DW * DV * U.
Lemma K1_pos : 0 < K1.
Proof. unfold K1. pose proof U_pos. repeat apply Rmult_lt_0_compat; auto. Qed.
Definition lam (i l j : nat) (Q : network) : R :=
  / K1 * ldot (linear_segment S D M pre wit dec lf l j i) (coords i Q).
Definition model (i l : nat) (Q : network) : R :=
  / (DS * DX) * (/ U * sum (length (functionals_of lf i)) (fun a =>
     zvec (steps_of lf i l) a * rdot (nth a (functionals_of lf i) []) (moved P0 Q i))).
Definition raise_lam (i l j : nat) (Q : network) : R :=
  h Q i j * (activity p P0 y i l + model i l Q) - h P0 i j * activity p P0 y i l.

Hypothesis Hlen : forall l, (l < L)%nat -> length (nth l (features lf) []) = N.

Lemma activity_int i l : (i < m)%nat -> (l < L)%nat ->
  activity p P0 y i l = / (DS * DX * DW) * IZR (nth l (act i) 0%Z).
Proof.
  intros Hi Hl.
  refine (eq_trans (activity_value S P D M wit Hok i Hi (nth l (features lf) []) (sides i) (Hlen l Hl)) _).
  unfold activity_row. cbv zeta. rewrite (nth_map_lt _ _ l []) by exact Hl. reflexivity.
Qed.
Lemma act_zero i l : (i < m)%nat -> (l < L)%nat -> all_zero (act i) = true -> activity p P0 y i l = 0.
Proof.
  intros Hi Hl H. rewrite activity_int by auto. pose proof (all_zero_spec _ H l) as E. unfold zvec in E.
  rewrite E. ring.
Qed.
Lemma steps_model i rank v ts stps : (i < m)%nat ->
  level_ok S M pre wit i (sides i) (sl i) v = true -> decided_slopes (sl i) = true ->
  forallb (fun t => Nat.eqb (length t) d) ts = true ->
  for_all2 (fun yl c => combines S (leaf_unit lf) (weighted S pre (sl i) yl) ts (fst c)
              (free_rows S M pre wit rank i v) (snd c)) (features lf) stps = true ->
  forall l, (l < L)%nat ->
    length (fst (nth l stps ([], []))) = length ts
    /\ small p P0 near_cell i (fun Q => steps p P0 y Q i l - / (DS * DX) * (/ U * sum (length ts)
         (fun a => zvec (fst (nth l stps ([], []))) a * rdot (nth a ts []) (moved P0 Q i)))).
Proof.
  intros Hi Hv Hd Hts H l Hl. apply (for_all2_spec _ _ _ [] ([], [])) in H as [_ H]. specialize (H l Hl).
  cbv beta in H. split.
  { unfold combines in H. repeat rewrite andb_true_iff in H. apply Nat.eqb_eq. apply H. }
  pose proof (free_rows_sound S P D M wit Hok Hm near_cell dec facts Hcell Hgauge i Hi rank v Hv) as Hfree.
  assert (Hu : forall u, In u ts -> length u = d).
  { intros u Hin. rewrite forallb_forall in Hts. now apply Nat.eqb_eq, Hts. }
  pose proof (combines_small S P D M wit near_cell facts i Hi _ _ _ _ _ _ H Hu Hfree) as C.
  assert (Hseen : seen (sl i) (nth l (features lf) []) = true).
  { assert (G : forall lo (r : row), decided_slopes lo = true -> length r = length lo -> seen lo r = true).
    { clear. unfold seen. induction lo as [|[s|] lo IH]; intros [|a r] H E; simpl in *; try discriminate; auto. }
    apply G; auto. rewrite Hlen by auto. symmetry. apply length_slopes. }
  pose proof (steps_small S P D M wit Hok Hm near_cell dec facts Hcell i Hi _ (Hlen l Hl) Hseen) as A.
  fold pre p P0 in A, C.
  apply (small_ext p P0 near_cell i (fun Q => (steps p P0 y Q i l
      - / (DS * DX) * rdot (weighted S pre (sl i) (nth l (features lf) [])) (moved P0 Q i))
    + / (DS * DX) * (rdot (weighted S pre (sl i) (nth l (features lf) [])) (moved P0 Q i)
      - / U * sum (length ts) (fun a => zvec (fst (nth l stps ([], []))) a * rdot (nth a ts []) (moved P0 Q i))))).
  - intros Q _. ring.
  - apply small_plus; [exact A | apply small_scal; exact C].
Qed.

Lemma calm_psi i j : (i < m)%nat -> is_calm (its_proof (neuron_at wit i)) = true -> (j < J)%nat ->
  small p P0 near_cell i (fun Q => psi p P0 i (moved P0 Q i) j).
Proof.
  intros Hi H Hj. destruct (facts i Hi) as (_ & Hc & _). destruct (Hc H) as (C & HC & A).
  exists C. split; auto. intros Q _. now apply A.
Qed.

Lemma relaxed_sound rank i v psis stps : (i < m)%nat -> part_at i = Relaxed v psis stps ->
  part_ok S M pre wit dec lf rank i = true ->
  role p P0 near_cell L y i (fun _ => 0) (fun _ _ _ => 0) (fun _ => 0).
Proof.
  intros Hi E H. unfold part_ok in H. rewrite E in H. cbv zeta in H.
  repeat rewrite andb_true_iff in H. destruct H as [[[Hv Hpsi] Hst] Hact].
  pose proof (costly_rows_sound S P D M wit Hok Hm near_cell dec facts Hcell i Hi v Hv) as Hc.
  fold pre p P0 in Hc.
  apply relaxed_role; auto.
  - intros Q HQ. now apply cost_here.
  - intros j Hj. destruct psis as [rests|]; [|now apply calm_psi].
    apply andb_prop in Hpsi as [Hd Hpsi]. apply (for_all2_spec _ _ _ [] []) in Hpsi as [_ Hpsi].
    assert (HpE : length (p_E pre) = J) by apply (length_pE S P D M Hok).
    rewrite HpE in Hpsi. specialize (Hpsi j Hj). cbv beta in Hpsi.
    pose proof (combines_small S P D M wit near_cell facts i Hi _ _ _ _ _ _ Hpsi (fun u (F : In u []) => match F with end) Hc) as C.
    pose proof (psi_small S P D M wit Hok Hm near_cell dec facts Hcell i Hi j Hj Hd) as A.
    fold pre p P0 in A, C. simpl sum in C.
    apply (small_ext p P0 near_cell i (fun Q => (psi p P0 i (moved P0 Q i) j
        - uE * rdot (weighted S pre (sl i) (nth j (p_E pre) [])) (moved P0 Q i))
      + uE * (rdot (weighted S pre (sl i) (nth j (p_E pre) [])) (moved P0 Q i) - / U * 0))).
    + intros Q _. ring.
    + apply small_plus; [exact A | apply small_scal; exact C].
  - intros l Hl. apply (for_all2_spec _ _ _ [] []) in Hst as [_ Hst]. specialize (Hst l Hl).
    apply andb_prop in Hst as [Hseen Hst].
    pose proof (combines_small S P D M wit near_cell facts i Hi _ _ _ _ _ _ Hst (fun u (F : In u []) => match F with end) Hc) as C.
    pose proof (steps_small S P D M wit Hok Hm near_cell dec facts Hcell i Hi _ (Hlen l Hl) Hseen) as A.
    fold pre p P0 in A, C. simpl sum in C.
    apply (small_ext p P0 near_cell i (fun Q => (steps p P0 y Q i l
        - / (DS * DX) * rdot (weighted S pre (sl i) (nth l (features lf) [])) (moved P0 Q i))
      + / (DS * DX) * (rdot (weighted S pre (sl i) (nth l (features lf) [])) (moved P0 Q i) - / U * 0))).
    + intros Q _. ring.
    + apply small_plus; [exact A | apply small_scal; exact C].
  - intros l Hl. now apply act_zero.
Qed.

(** Examined neurons, exactly. *)
Lemma examined_sound rank i kind v ts psis stps : (i < m)%nat -> part_at i = Examined kind v ts psis stps ->
  kind <> OnlyOutput -> part_ok S M pre wit dec lf rank i = true ->
  role p P0 near_cell L y i (gain i) (raise_lam i) (fun _ => 0)
  /\ (forall l, (l < L)%nat -> length (steps_of lf i l) = length ts)
  /\ (kind = Whole -> forall j, (j < J)%nat -> length (psi_of lf i j) = length ts)
  /\ (kind = OnlyInput -> all_zero (act i) = true /\ rank = false).
Proof.
  intros Hi E Hk H. unfold part_ok in H. rewrite E in H. cbv zeta in H.
  apply andb_prop in H as [Hts H].
  assert (H' : level_ok S M pre wit i (sides i) (sl i) v = true /\ decided_slopes (sl i) = true
    /\ for_all2 (fun yl c => combines S (leaf_unit lf) (weighted S pre (sl i) yl) ts (fst c)
              (free_rows S M pre wit rank i v) (snd c)) (features lf) stps = true
    /\ match kind with
       | Whole => for_all2 (fun e c => combines S (leaf_unit lf) (weighted S pre (sl i) e) ts (fst c)
                    (free_rows S M pre wit rank i v) (snd c)) (p_E pre) psis
       | _ => is_calm (its_proof (neuron_at wit i)) && all_zero (act i) && negb rank
              && match psis with [] => true | _ => false end
       end = true).
  { destruct kind; [|contradiction|]; repeat rewrite andb_true_iff in H; repeat rewrite andb_true_iff; tauto. }
  clear H. destruct H' as (Hv & Hd & Hst & Hkind).
  pose proof (steps_model i rank v ts stps Hi Hv Hd Hts Hst) as A.
  assert (Ef : functionals_of lf i = ts).
  { unfold functionals_of. rewrite E. destruct kind; auto; contradiction. }
  assert (Es : forall l, steps_of lf i l = fst (nth l stps ([], []))).
  { intros l. unfold steps_of. rewrite E. destruct kind; auto; contradiction. }
  assert (Hfr := free_rows_sound S P D M wit Hok Hm near_cell dec facts Hcell Hgauge i Hi rank v Hv).
  fold pre p P0 in Hfr.
  assert (Hu : forall u, In u ts -> length u = d).
  { intros u Hin. rewrite forallb_forall in Hts. now apply Nat.eqb_eq, Hts. }
  assert (HpE : length (p_E pre) = J) by apply (length_pE S P D M Hok).
  split; [|split; [|split]].
  - assert (Hcost : forall Q, near_cell Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_here).
    assert (Hmodel : forall l, (l < L)%nat -> small p P0 near_cell i (fun Q => steps p P0 y Q i l - model i l Q)).
    { intros l Hl. unfold model. rewrite Ef, Es. now apply A. }
    destruct kind; [|contradiction|].
    + set (Ej := fun j Q => uE * (/ U * sum (length ts) (fun a => zvec (psi_of lf i j) a * rdot (nth a ts []) (moved P0 Q i)))).
      assert (HE : forall j, (j < J)%nat -> small p P0 near_cell i (fun Q => psi p P0 i (moved P0 Q i) j - Ej j Q)).
      { intros j Hj. apply (for_all2_spec _ _ _ [] ([], [])) in Hkind as [_ Hkind]. rewrite HpE in Hkind.
        specialize (Hkind j Hj). cbv beta in Hkind.
        pose proof (combines_small S P D M wit near_cell facts i Hi _ _ _ _ _ _ Hkind Hu Hfr) as C.
        pose proof (psi_small S P D M wit Hok Hm near_cell dec facts Hcell i Hi j Hj Hd) as B.
        fold pre p P0 in B, C. unfold Ej, psi_of. rewrite E.
        apply (small_ext p P0 near_cell i (fun Q => (psi p P0 i (moved P0 Q i) j
            - uE * rdot (weighted S pre (sl i) (nth j (p_E pre) [])) (moved P0 Q i))
          + uE * (rdot (weighted S pre (sl i) (nth j (p_E pre) [])) (moved P0 Q i)
            - / U * sum (length ts) (fun a => zvec (fst (nth j psis ([], []))) a * rdot (nth a ts []) (moved P0 Q i))))).
        - intros Q _. ring.
        - apply small_plus; [exact B | apply small_scal; exact C]. }
      destruct (bilinear_role p P0 near_cell L y i Ej (model i) Hi Hcost HE Hmodel) as (C & HC & R).
      exists C. split; auto. intros eps Q He HQ Hn. destruct (R eps Q He HQ Hn) as [R1 R2]. split; [|exact R2].
      unfold gain. rewrite E. exact R1.
    + repeat rewrite andb_true_iff in Hkind. destruct Hkind as [[[Hcalm _] _] _].
      assert (HE : forall j, (j < J)%nat -> small p P0 near_cell i (fun Q => psi p P0 i (moved P0 Q i) j - 0)).
      { intros j Hj. apply (small_ext p P0 near_cell i (fun Q => psi p P0 i (moved P0 Q i) j)); [intros; ring|].
        now apply calm_psi. }
      destruct (bilinear_role p P0 near_cell L y i (fun _ _ => 0) (model i) Hi Hcost HE Hmodel) as (C & HC & R).
      exists C. split; auto. intros eps Q He HQ Hn. destruct (R eps Q He HQ Hn) as [R1 R2]. split; [|exact R2].
      unfold gain. rewrite E. rewrite sum_zero in R1 by (intros; ring). exact R1.
  - intros l Hl. rewrite Es. now apply A.
  - intros -> j Hj. unfold psi_of. rewrite E. apply (for_all2_spec _ _ _ [] ([], [])) in Hkind as [_ Hkind].
    rewrite HpE in Hkind. specialize (Hkind j Hj). unfold combines in Hkind.
    repeat rewrite andb_true_iff in Hkind. apply Nat.eqb_eq. apply Hkind.
  - intros ->. repeat rewrite andb_true_iff in Hkind. destruct Hkind as [[[_ A1] A2] _]. split; auto.
    now destruct rank.
Qed.

Lemma coords_length i Q : length (coords i Q) = coordinates S lf i.
Proof. unfold coords, coordinates. rewrite app_length, !map_length, seq_length. reflexivity. Qed.
Lemma V_entry i j : IZR (nth i (nth j (p_V pre) []) 0%Z) = DV * h P0 i j.
Proof. exact (V_spec S P D Hok i j). Qed.

(** The linear part in coordinates. *)
Lemma lam_formula i l j Q : (i < m)%nat -> (l < L)%nat -> (j < J)%nat ->
  length (steps_of lf i l) = length (functionals_of lf i) ->
  lam i l j Q = h P0 i j * model i l Q
    + (if Nat.eqb (outputs_of S lf i) 0 then 0 else activity p P0 y i l * raised P0 Q i j)
  /\ length (linear_segment S D M pre wit dec lf l j i) = length (coords i Q).
Proof.
  intros Hi Hl Hj Hs. pose proof U_pos as HU. unfold lam, linear_segment, coords. split.
  - rewrite ldot_app by (rewrite length_smul, map_length; exact Hs).
    unfold ldot. rewrite !rdot_smul. fold (ldot (steps_of lf i l) (map (fun t => rdot t (moved P0 Q i)) (functionals_of lf i))).
    rewrite ldot_map by exact Hs. rewrite !mult_IZR, V_entry. unfold model, K1.
    assert (E : IZR (nth l (act i) 0%Z) = DS * DX * DW * activity p P0 y i l).
    { rewrite activity_int by auto. field. lra. }
    rewrite E.
    fold (ldot (unit_row (outputs_of S lf i) j) (map (raised P0 Q i) (seq 0 (outputs_of S lf i)))).
    assert (Eo : outputs_of S lf i = 0%nat \/ outputs_of S lf i = J).
    { unfold outputs_of. destruct (part_at i) as [| |[]]; auto. }
    destruct Eo as [Eo|Eo]; rewrite Eo.
    + simpl Nat.eqb. cbv iota. simpl seq. simpl map.
      replace (ldot (unit_row 0 j) []) with 0; [field; lra|].
      unfold ldot, unit_row. destruct j; simpl; symmetry; apply (rdot_zeros 0).
    + destruct (Nat.eqb_spec J 0); [lia|]. rewrite ldot_unit by auto. field. lra.
  - rewrite !app_length, !length_smul, !map_length, seq_length. unfold unit_row.
    rewrite length_add_at, length_zeros. congruence.
Qed.

Lemma raised_labs i j Q : (j < outputs_of S lf i)%nat -> Rabs (raised P0 Q i j) <= labs (coords i Q).
Proof.
  intros Hj. unfold coords. assert (E : raised P0 Q i j = nth (length (functionals_of lf i) + j)
    (map (fun t => rdot t (moved P0 Q i)) (functionals_of lf i) ++ map (raised P0 Q i) (seq 0 (outputs_of S lf i))) 0).
  { rewrite app_nth2 by (rewrite map_length; lia). rewrite map_length.
    replace (length (functionals_of lf i) + j - length (functionals_of lf i))%nat with j by lia.
    symmetry. now apply nth_seq_map. }
  rewrite E. apply nth_labs.
Qed.
Lemma labs_app l l' : labs (l ++ l') = labs l + labs l'.
Proof. apply fsum_app. Qed.
Lemma model_bound i l Q : length (steps_of lf i l) = length (functionals_of lf i) ->
  Rabs (model i l Q) <= / (DS * DX) * (/ U * (size1 (steps_of lf i l) * labs (coords i Q))).
Proof.
  intros Hs. pose proof U_pos as HU. unfold model. rewrite <- ldot_map by exact Hs.
  assert (H1 : 0 < / (DS * DX)) by (apply Rinv_0_lt_compat, Rmult_lt_0_compat; auto).
  assert (H2 : 0 < / U) by (now apply Rinv_0_lt_compat).
  rewrite !Rabs_mult, (Rabs_right (/ (DS * DX))), (Rabs_right (/ U)) by lra.
  apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; [lra|].
  eapply Rle_trans; [apply ldot_bound|]. apply Rmult_le_compat_l; [apply size1_pos|].
  unfold coords. rewrite labs_app. pose proof (labs_pos (map (raised P0 Q i) (seq 0 (outputs_of S lf i)))). lra.
Qed.
Definition model_constant (i : nat) : R := sum L (fun l => / (DS * DX) * (/ U * size1 (steps_of lf i l))).
Lemma model_uniform i Q : (forall l, (l < L)%nat -> length (steps_of lf i l) = length (functionals_of lf i)) ->
  0 <= model_constant i /\ forall l, (l < L)%nat -> Rabs (model i l Q) <= model_constant i * labs (coords i Q).
Proof.
  intros Hs. pose proof U_pos as HU.
  assert (H1 : 0 < / (DS * DX)) by (apply Rinv_0_lt_compat, Rmult_lt_0_compat; auto).
  assert (H2 : 0 < / U) by (now apply Rinv_0_lt_compat).
  assert (H0 : forall l, 0 <= / (DS * DX) * (/ U * size1 (steps_of lf i l))).
  { intros l. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra | apply size1_pos]. }
  split; [apply sum_ge0; auto|]. intros l Hl. eapply Rle_trans; [apply model_bound; auto|].
  replace (/ (DS * DX) * (/ U * (size1 (steps_of lf i l) * labs (coords i Q))))
    with ((/ (DS * DX) * (/ U * size1 (steps_of lf i l))) * labs (coords i Q)) by ring.
  apply Rmult_le_compat_r; [apply labs_pos|].
  apply (sum_term L (fun l => / (DS * DX) * (/ U * size1 (steps_of lf i l))) l Hl). auto.
Qed.

(** The role of every neuron of the block in the definite form. *)
Lemma part_sound i : In i here -> part_ok S M pre wit dec lf false i = true ->
  role p P0 near_cell L y i (gain i) (lam i) (fun Q => labs (coords i Q))
  /\ (forall l j Q, (l < L)%nat -> (j < J)%nat ->
        length (linear_segment S D M pre wit dec lf l j i) = length (coords i Q)).
Proof.
  intros Hin H. apply here_spec in Hin as [Hi Hb].
  assert (Hcost : forall Q, near_cell Q -> 0 <= cost p P0 Q i) by (intros; now apply cost_here).
  destruct (part_at i) as [|v psis stps|kind v ts psis stps] eqn:E.
  - unfold part_ok in H. rewrite E in H. discriminate.
  - pose proof (relaxed_sound false i v psis stps Hi E H) as R.
    assert (Ef : functionals_of lf i = []) by (unfold functionals_of; now rewrite E).
    assert (Eo : outputs_of S lf i = 0%nat) by (unfold outputs_of; now rewrite E).
    assert (Es : forall l, steps_of lf i l = []) by (intros; unfold steps_of; now rewrite E).
    assert (Hform : forall l j Q, (l < L)%nat -> (j < J)%nat -> lam i l j Q = 0
      /\ length (linear_segment S D M pre wit dec lf l j i) = length (coords i Q)).
    { intros l j Q Hl Hj. destruct (lam_formula i l j Q Hi Hl Hj) as [F1 F2].
      { now rewrite Es, Ef. }
      split; [|exact F2]. rewrite F1, Eo. simpl Nat.eqb. cbv iota. unfold model. rewrite Ef. simpl. ring. }
    split; [|intros; now apply Hform].
    destruct R as (C & HC & R). exists C. split; auto. intros eps Q He HQ Hn.
    destruct (R eps Q He HQ Hn) as [R1 R2]. unfold gain. rewrite E. split; [exact R1|].
    intros l j Hl Hj. destruct (Hform l j Q Hl Hj) as [-> _]. eapply Rle_trans; [now apply R2|].
    apply Rmult_le_compat_l; auto. pose proof (labs_pos (coords i Q)).
    assert (0 <= eps * labs (coords i Q)) by (apply Rmult_le_pos; lra). lra.
  - destruct kind.
    + destruct (examined_sound false i Whole v ts psis stps Hi E ltac:(discriminate) H) as (R & Hs & _ & _).
      assert (Ef : functionals_of lf i = ts) by (unfold functionals_of; now rewrite E).
      assert (Eo : outputs_of S lf i = J) by (unfold outputs_of; now rewrite E).
      assert (Hs' : forall l, (l < L)%nat -> length (steps_of lf i l) = length (functionals_of lf i))
        by (intros; rewrite Ef; auto).
      split; [|intros l j Q Hl Hj; now apply (lam_formula i l j Q Hi Hl Hj (Hs' l Hl))].
      apply (role_linear p P0 near_cell L y i (gain i) (raise_lam i) (lam i)); auto.
      * destruct (model_uniform i P0 Hs') as [HC _]. exists (model_constant i). split; auto.
        intros eps Q l j He HQ Hn Hl Hj. destruct (model_uniform i Q Hs') as [_ HB]. specialize (HB l Hl).
        destruct (lam_formula i l j Q Hi Hl Hj (Hs' l Hl)) as [-> _]. rewrite Eo.
        destruct (Nat.eqb_spec J 0); [lia|]. unfold raise_lam.
        replace (_ - _) with (raised P0 Q i j * model i l Q) by (unfold raised; ring).
        rewrite Rabs_mult.
        replace (model_constant i * (eps * labs (coords i Q))) with (eps * (model_constant i * labs (coords i Q))) by ring.
        apply Rmult_le_compat; try apply Rabs_pos; auto. now apply (near_raised p P0).
      * intros. apply labs_pos.
    + unfold part_ok in H. rewrite E in H. cbv zeta in H. repeat rewrite andb_true_iff in H.
      destruct H as [_ [[Hcalm Hz] H]].
      destruct ts; [|discriminate]. destruct psis; [|discriminate]. destruct stps; [|discriminate].
      assert (Ef : functionals_of lf i = []) by (unfold functionals_of; now rewrite E).
      assert (Eo : outputs_of S lf i = J) by (unfold outputs_of; now rewrite E).
      assert (Es : forall l, steps_of lf i l = []) by (intros; unfold steps_of; now rewrite E).
      assert (Hh : forall j, h P0 i j = 0).
      { intros j. destruct (height_spec S P D M Hok i) as [_ Hh]. fold pre p P0 in Hh.
        pose proof (all_zero_spec _ Hz j) as E0. rewrite Hh in E0. apply (Rmult_eq_reg_l DV); lra. }
      assert (Hform : forall l j Q, (l < L)%nat -> (j < J)%nat -> lam i l j Q = activity p P0 y i l * raised P0 Q i j
        /\ length (linear_segment S D M pre wit dec lf l j i) = length (coords i Q)).
      { intros l j Q Hl Hj. destruct (lam_formula i l j Q Hi Hl Hj) as [F1 F2].
        { now rewrite Es, Ef. }
        split; [|exact F2]. rewrite F1, Eo, Hh. destruct (Nat.eqb_spec J 0); [lia | ring]. }
      split; [|intros; now apply Hform].
      assert (R : role p P0 near_cell L y i (fun Q => sum J (fun j => raised P0 Q i j * 0))
        (fun l j Q => h Q i j * (activity p P0 y i l + steps p P0 y Q i l) - h P0 i j * activity p P0 y i l) (fun _ => 0)).
      { apply (bilinear_role p P0 near_cell L y i (fun _ _ => 0) (fun l Q => steps p P0 y Q i l)); auto.
        - intros j Hj. apply (small_ext p P0 near_cell i (fun Q => psi p P0 i (moved P0 Q i) j)); [intros; ring|].
          now apply calm_psi.
        - intros l Hl. apply (small_ext p P0 near_cell i (fun _ => 0)); [intros; ring|]. now apply small_0. }
      assert (R' : role p P0 near_cell L y i (gain i)
        (fun l j Q => h Q i j * (activity p P0 y i l + steps p P0 y Q i l) - h P0 i j * activity p P0 y i l) (fun _ => 0)).
      { destruct R as (C & HC & R). exists C. split; auto. intros eps Q He HQ Hn.
        destruct (R eps Q He HQ Hn) as [R1 R2]. split; [|exact R2]. unfold gain. rewrite E.
        rewrite sum_zero in R1 by (intros; ring). exact R1. }
      apply (role_linear p P0 near_cell L y i (gain i) _ (lam i) _ R'); auto; [|intros; apply labs_pos].
      assert (HB : forall n, (n <= L)%nat -> exists C, 0 <= C /\ forall eps Q l, 0 < eps -> near p eps P0 Q ->
        (l < n)%nat -> Rabs (steps p P0 y Q i l) <= C * eps).
      { induction n as [|n IH]; intros Hn.
        - exists 0. split; [lra|]. intros; lia.
        - destruct IH as (C & HC & A); [lia|].
          destruct (steps_bound p P0 N (y n) i Hi) as (C' & HC' & B). exists (C + C'). split; [lra|].
          intros eps Q l He Hq Hl. assert (0 <= C * eps) by (apply Rmult_le_pos; lra).
          assert (0 <= C' * eps) by (apply Rmult_le_pos; lra).
          destruct (Nat.eq_dec l n) as [->|].
          + specialize (B eps Q He Hq). unfold steps. lra.
          + specialize (A eps Q l He Hq ltac:(lia)). lra. }
      destruct (HB L ltac:(lia)) as (C & HC & B). exists C. split; auto.
      intros eps Q l j He HQ Hn Hl Hj. destruct (Hform l j Q Hl Hj) as [-> _].
      replace (_ - _) with (steps p P0 y Q i l * raised P0 Q i j) by (unfold raised; rewrite Hh; ring).
      rewrite Rabs_mult, <- Rmult_assoc. apply Rmult_le_compat; try apply Rabs_pos.
      * apply (B eps Q l); auto; lra.
      * apply raised_labs. now rewrite Eo.
    + destruct (examined_sound false i OnlyInput v ts psis stps Hi E ltac:(discriminate) H) as (R & Hs & _ & Hz).
      destruct (Hz eq_refl) as [Hact _].
      assert (Ef : functionals_of lf i = ts) by (unfold functionals_of; now rewrite E).
      assert (Eo : outputs_of S lf i = 0%nat) by (unfold outputs_of; now rewrite E).
      assert (Hs' : forall l, (l < L)%nat -> length (steps_of lf i l) = length (functionals_of lf i))
        by (intros; rewrite Ef; auto).
      split; [|intros l j Q Hl Hj; now apply (lam_formula i l j Q Hi Hl Hj (Hs' l Hl))].
      apply (role_linear p P0 near_cell L y i (gain i) (raise_lam i) (lam i)); auto.
      * destruct (model_uniform i P0 Hs') as [HC _]. exists (model_constant i). split; auto.
        intros eps Q l j He HQ Hn Hl Hj. destruct (model_uniform i Q Hs') as [_ HB]. specialize (HB l Hl).
        destruct (lam_formula i l j Q Hi Hl Hj (Hs' l Hl)) as [-> _]. rewrite Eo. simpl Nat.eqb. cbv iota.
        unfold raise_lam. rewrite (act_zero i l Hi Hl Hact).
        replace (_ - _) with (raised P0 Q i j * model i l Q) by (unfold raised; ring).
        rewrite Rabs_mult.
        replace (model_constant i * (eps * labs (coords i Q))) with (eps * (model_constant i * labs (coords i Q))) by ring.
        apply Rmult_le_compat; try apply Rabs_pos; auto. now apply (near_raised p P0).
      * intros. apply labs_pos.
Qed.

(** ** The definite form *)
Definition all_coords (Q : network) : list R := flat_map (fun i => coords i Q) here.
Lemma spread_value (seg : nat -> row) Q : (forall i, In i here -> length (seg i) = length (coords i Q)) ->
  length (spread_row P wit b seg) = length (all_coords Q)
  /\ ldot (spread_row P wit b seg) (all_coords Q) = fsum (fun i => ldot (seg i) (coords i Q)) here.
Proof. intros H. now apply ldot_flat. Qed.
Lemma size_value Q : size S P wit b lf = length (all_coords Q).
Proof.
  unfold size. apply spread_value. intros i _. rewrite length_zeros. symmetry. apply coords_length.
Qed.
Lemma only_value i r Q : In i here -> length r = coordinates S lf i ->
  ldot (spread_row P wit b (only S lf i r)) (all_coords Q) = ldot r (coords i Q).
Proof.
  intros Hi Hr. destruct (spread_value (only S lf i r) Q) as [_ ->].
  - intros i' _. rewrite coords_length. unfold only. destruct (Nat.eqb_spec i i') as [->|]; auto.
    apply length_zeros.
  - rewrite (fsum_ext _ (fun i' => if Nat.eqb i i' then ldot r (coords i' Q) else 0)).
    + apply (fsum_only i here (fun i' => ldot r (coords i' Q)) here_nodup Hi).
    + intros i' _. unfold only. destruct (Nat.eqb i i'); auto. apply ldot_zeros.
Qed.
Definition total_cost (Q : network) : R := block_sum P0 nb b (cost p P0 Q).
Lemma cost_le_total i Q : In i here -> near_cell Q -> cost p P0 Q i <= total_cost Q.
Proof.
  intros Hi HQ. unfold total_cost. rewrite block_sum_here.
  assert (H : forall l, (forall i', In i' l -> 0 <= cost p P0 Q i') -> In i l ->
    cost p P0 Q i <= fsum (cost p P0 Q) l).
  { induction l as [|i' l IH]; intros H0 Hin; [contradiction|]. simpl.
    assert (0 <= fsum (cost p P0 Q) l) by (apply fsum_ge0; intros; apply H0; simpl; auto).
    assert (0 <= cost p P0 Q i') by (apply H0; simpl; auto).
    destruct Hin as [->|Hin]; [lra|]. assert (cost p P0 Q i <= fsum (cost p P0 Q) l); [|lra].
    apply IH; auto. intros; apply H0; simpl; auto. }
  apply H; auto. intros i' Hi'. apply cost_here; auto. now apply here_spec.
Qed.

(** A side, as a combination of the functionals. *)
Lemma combination_near i (ts : list row) (c : row) : (i < m)%nat -> length c = length ts ->
  (forall t, In t ts -> length t = d) ->
  exists C, 0 <= C /\ forall eps Q, 0 < eps -> near p eps P0 Q ->
    Rabs (ldot c (map (fun t => rdot t (moved P0 Q i)) ts)) <= C * eps.
Proof.
  intros Hi Hc Hts. exists (sum (length ts) (fun a => Rabs (zvec c a) * sum d (fun e => Rabs (zvec (nth a ts []) e)))).
  split.
  - apply sum_ge0. intros a _. apply Rmult_le_pos; [apply Rabs_pos|]. apply sum_ge0. intros; apply Rabs_pos.
  - intros eps Q He Hn. rewrite ldot_map by exact Hc. eapply Rle_trans; [apply sum_abs|].
    rewrite <- sum_scal_r. apply sum_le. intros a Ha. rewrite Rabs_mult, Rmult_assoc.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. rewrite Rmult_comm.
    assert (E : rdot (nth a ts []) (moved P0 Q i) = dot p (moved P0 Q i) (zvec (nth a ts []))).
    { unfold rdot. rewrite (Hts (nth a ts [])) by (now apply nth_In). rewrite (dot_comm p). reflexivity. }
    rewrite E. now apply (near_moved p P0).
Qed.
Lemma ldot_padded c n l1 l2 : length c = length l1 -> ldot (c ++ zeros n) (l1 ++ l2) = ldot c l1.
Proof. intros H. rewrite ldot_app, ldot_zeros by exact H. ring. Qed.
Definition side_value (i : nat) (c : resolved) (Q : network) : R :=
  ldot (fst c) (map (fun t => rdot t (moved P0 Q i)) (functionals_of lf i)).
Lemma side_sound i q c : side_ok S P M pre wit b dec lf i q c = true ->
  In i here -> part_ok S M pre wit dec lf false i = true ->
  at_least p P0 near_cell i (side_value i c)
  /\ (exists C, 0 <= C /\ forall eps Q, 0 < eps -> near p eps P0 Q -> Rabs (side_value i c Q) <= C * eps)
  /\ length (fst c) = length (functionals_of lf i).
Proof.
  intros H Hin Hpart. pose proof Hin as Hin'. apply here_spec in Hin' as [Hi _].
  assert (G : exists kind v ts psis stps above, part_at i = Examined kind v ts psis stps /\ kind <> OnlyOutput
    /\ side_of (sides i) q = Some above
    /\ combines S (leaf_unit lf) (signed above (class_direction M q)) ts (fst c)
         (free_rows S M pre wit false i v) (snd c) = true).
  { unfold side_ok in H. destruct (part_at i) as [| |kind v ts psis stps] eqn:E; try discriminate.
    destruct kind; try discriminate; destruct (side_of (sides i) q) as [above|] eqn:Es; try discriminate;
      apply andb_prop in H as [_ H]; eexists _, v, ts, psis, stps, above; repeat split; auto; discriminate. }
  destruct G as (kind & v & ts & psis & stps & above & E & Hk & Es & Hc).
  assert (Ef : functionals_of lf i = ts).
  { unfold functionals_of. rewrite E. destruct kind; auto; contradiction. }
  unfold part_ok in Hpart. rewrite E in Hpart. cbv zeta in Hpart.
  apply andb_prop in Hpart as [Hts Hpart].
  assert (Hu : forall u, In u ts -> length u = d).
  { intros u Hiu. rewrite forallb_forall in Hts. now apply Nat.eqb_eq, Hts. }
  assert (Hv : level_ok S M pre wit i (sides i) (sl i) v = true).
  { destruct kind; [|contradiction|]; repeat rewrite andb_true_iff in Hpart; tauto. }
  pose proof (free_rows_sound S P D M wit Hok Hm near_cell dec facts Hcell Hgauge i Hi false v Hv) as Hfree.
  pose proof (combines_small S P D M wit near_cell facts i Hi _ _ _ _ _ _ Hc Hu Hfree) as C.
  fold p P0 in C. pose proof U_pos as HU.
  assert (Hl : length (fst c) = length ts).
  { unfold combines in Hc. repeat rewrite andb_true_iff in Hc. apply Nat.eqb_eq. apply Hc. }
  assert (Ev : forall Q, side_value i c Q = sum (length ts) (fun a => zvec (fst c) a * rdot (nth a ts []) (moved P0 Q i))).
  { intros Q. unfold side_value. rewrite Ef. now apply ldot_map. }
  split; [|split].
  - destruct (Hcell i q above Hi Es) as (_ & _ & Ha). fold p P0 in Ha.
    apply (at_least_ext p P0 near_cell i (fun Q => U * (rdot (signed above (class_direction M q)) (moved P0 Q i)
      + -1 * (rdot (signed above (class_direction M q)) (moved P0 Q i) - / U * side_value i c Q)))).
    { intros Q _. field. lra. }
    apply at_least_scal; [lra|]. apply at_least_plus; auto.
    apply small_at_least, small_scal.
    apply (small_ext p P0 near_cell i) with (2 := C). intros Q _. now rewrite Ev.
  - destruct (combination_near i ts (fst c) Hi Hl Hu) as (C' & HC' & B). exists C'. split; auto.
    intros eps Q He Hn. unfold side_value. rewrite Ef. auto.
  - congruence.
Qed.
Lemma product_bound (A B a M0 eps T : R) : 0 <= a -> 0 <= M0 -> 0 <= T -> 0 < eps ->
  - (a * T) <= A -> - (a * T) <= B -> Rabs A <= M0 * eps -> Rabs B <= M0 * eps -> T <= M0 * eps ->
  - ((2 * a * M0 + a * a * M0) * eps * T) <= A * B.
Proof.
  intros Ha HM HT He HA HB HAM HBM HTM.
  assert (H1 : 0 <= (A + a * T) * (B + a * T)) by (apply Rmult_le_pos; lra).
  assert (HA' : A <= M0 * eps) by (revert HAM; unfold Rabs; destruct (Rcase_abs A); lra).
  assert (HB' : B <= M0 * eps) by (revert HBM; unfold Rabs; destruct (Rcase_abs B); lra).
  assert (HaT : 0 <= a * T) by (now apply Rmult_le_pos).
  assert (H2 : a * T * (A + B) <= a * T * (2 * (M0 * eps))) by (apply Rmult_le_compat_l; lra).
  assert (H3 : a * T * (a * T) <= a * T * (a * (M0 * eps))).
  { apply Rmult_le_compat_l; auto. apply Rmult_le_compat_l; auto. }
  lra.
Qed.
Lemma total_cost_bound : exists C, 0 <= C /\ forall eps Q, 0 < eps -> near_cell Q -> near p eps P0 Q ->
  0 <= total_cost Q <= C * eps.
Proof.
  unfold total_cost.
  assert (H : forall l, (forall i, In i l -> (i < m)%nat) -> exists C, 0 <= C /\ forall eps Q, 0 < eps ->
    near_cell Q -> near p eps P0 Q -> 0 <= fsum (cost p P0 Q) l <= C * eps).
  { induction l as [|i l IH]; intros Hl.
    - exists 0. split; [lra|]. intros. simpl. lra.
    - destruct IH as (C & HC & A); [intros; apply Hl; simpl; auto|].
      destruct (cost_bound p P0 i (Hl i (or_introl eq_refl))) as (C' & HC' & B).
      exists (C + C'). split; [lra|]. intros eps Q He HQ Hn. specialize (A eps Q He HQ Hn).
      specialize (B eps Q He Hn). pose proof (cost_here i Q (Hl i (or_introl eq_refl)) HQ).
      rewrite Rabs_right in B by lra. simpl. lra. }
  destruct (H here) as (C & HC & A); [intros i Hi; now apply here_spec|].
  exists C. split; auto. intros eps Q He HQ Hn. rewrite block_sum_here. auto.
Qed.
Definition point_of (Q : network) (a : nat) : R := nth a (all_coords Q) 0.

Lemma products_sound products : forallb (part_ok S M pre wit dec lf false) here = true ->
  forallb (product_ok S P M pre wit b dec lf) products = true ->
  exists C, 0 <= C /\ forall eps Q, 0 < eps <= 1 -> near_cell Q -> near p eps P0 Q ->
    - (C * eps * total_cost Q) <= fsum (term_value (point_of Q)) (map (product_term S P wit b lf) products).
Proof.
  intros Hparts. rewrite forallb_forall in Hparts.
  induction products as [|r rs IH]; intros H.
  - exists 0. split; [lra|]. intros. simpl. lra.
  - simpl in H. apply andb_prop in H as [Hr H]. destruct (IH H) as (C & HC & A).
    unfold product_ok in Hr. repeat rewrite andb_true_iff in Hr. destruct Hr as [[Hr1 Hr2] Hr3].
    apply Z.leb_le, IZR_le in Hr3.
    assert (In1 : In (left_neuron r) here).
    { unfold side_ok in Hr1. destruct (part_at (left_neuron r)) as [| |[]]; try discriminate;
        destruct (side_of _ _); try discriminate; apply andb_prop in Hr1 as [Hr1 _]; now apply is_in_spec. }
    assert (In2 : In (right_neuron r) here).
    { unfold side_ok in Hr2. destruct (part_at (right_neuron r)) as [| |[]]; try discriminate;
        destruct (side_of _ _); try discriminate; apply andb_prop in Hr2 as [Hr2 _]; now apply is_in_spec. }
    destruct (side_sound _ _ _ Hr1 In1 (Hparts _ In1)) as ((a1 & Ha1 & L1) & (b1 & Hb1 & B1) & E1).
    destruct (side_sound _ _ _ Hr2 In2 (Hparts _ In2)) as ((a2 & Ha2 & L2) & (b2 & Hb2 & B2) & E2).
    destruct total_cost_bound as (t & Ht & T).
    set (a0 := a1 + a2). set (M0 := b1 + b2 + t).
    set (C' := IZR (amount r) * (2 * a0 * M0 + a0 * a0 * M0)).
    assert (Hx : 0 <= 2 * a0 * M0 + a0 * a0 * M0).
    { unfold a0, M0. apply Rplus_le_le_0_compat; repeat apply Rmult_le_pos; lra. }
    assert (HC' : 0 <= C') by (now apply Rmult_le_pos).
    exists (C + C'). split; [lra|]. intros eps Q He HQ Hn. specialize (A eps Q He HQ Hn). simpl.
    destruct (T eps Q ltac:(lra) HQ Hn) as [T1 T2].
    assert (Ep : term_value (point_of Q) (product_term S P wit b lf r) = IZR (amount r)
      * side_value (left_neuron r) (left_resolved r) Q * side_value (right_neuron r) (right_resolved r) Q).
    { unfold term_value, product_term. cbn [fst snd].
      change (fun a => nth a (all_coords Q) 0) with (point_of Q).
      assert (V : forall i (c : resolved), In i here -> length (fst c) = length (functionals_of lf i) ->
        rdot (spread_row P wit b (only S lf i (fst c ++ zeros (outputs_of S lf i)))) (point_of Q) = side_value i c Q).
      { intros i c Hi Hc. change (ldot (spread_row P wit b (only S lf i (fst c ++ zeros (outputs_of S lf i)))) (all_coords Q)
          = side_value i c Q).
        rewrite only_value; auto.
        - unfold coords. rewrite ldot_padded by (rewrite map_length; exact Hc). reflexivity.
        - unfold coordinates. rewrite app_length, length_zeros. congruence. }
      rewrite !V by auto. reflexivity. }
    assert (K : - ((2 * a0 * M0 + a0 * a0 * M0) * eps * total_cost Q)
      <= side_value (left_neuron r) (left_resolved r) Q * side_value (right_neuron r) (right_resolved r) Q).
    { specialize (L1 Q HQ). specialize (L2 Q HQ). specialize (B1 eps Q ltac:(lra) Hn).
      specialize (B2 eps Q ltac:(lra) Hn).
      pose proof (cost_le_total _ Q In1 HQ) as K1'. pose proof (cost_le_total _ Q In2 HQ) as K2'.
      assert (P1 : a1 * cost p P0 Q (left_neuron r) <= a1 * total_cost Q) by (now apply Rmult_le_compat_l).
      assert (P2 : a2 * cost p P0 Q (right_neuron r) <= a2 * total_cost Q) by (now apply Rmult_le_compat_l).
      assert (P3 : 0 <= a1 * total_cost Q) by (apply Rmult_le_pos; lra).
      assert (P4 : 0 <= a2 * total_cost Q) by (apply Rmult_le_pos; lra).
      assert (P5 : 0 <= b1 * eps) by (apply Rmult_le_pos; lra).
      assert (P6 : 0 <= b2 * eps) by (apply Rmult_le_pos; lra).
      assert (P7 : 0 <= t * eps) by (apply Rmult_le_pos; lra).
      apply product_bound; unfold a0, M0; lra. }
    rewrite Ep.
    assert (Kx : IZR (amount r) * - ((2 * a0 * M0 + a0 * a0 * M0) * eps * total_cost Q)
      <= IZR (amount r) * (side_value (left_neuron r) (left_resolved r) Q * side_value (right_neuron r) (right_resolved r) Q))
      by (now apply Rmult_le_compat_l).
    unfold C'. lra.
Qed.

Definition WU : R := IZR (Zpos (weight_unit lf)).
Definition omega (l : nat) : R := IZR (nth l (feature_weights lf) 0%Z) / WU.
Definition nu : R := scale p / (WU * DE * (K1 * K1)).
Lemma WU_pos : 0 < WU. Proof. apply IZR_Zpos. Qed.
Lemma nu_pos : 0 < nu.
Proof.
  unfold nu. pose proof WU_pos. pose proof K1_pos. pose proof scale_pos. pose proof U_pos.
  apply Rdiv_lt_0_compat; auto. repeat apply Rmult_lt_0_compat; auto.
Qed.
Lemma feature_sum Q : forallb (part_ok S M pre wit dec lf false) here = true ->
  squares L J (weights p omega) (fun l j => block_sum P0 nb b (fun i => lam i l j Q))
  = nu * fsum (term_value (point_of Q)) (feature_terms S P D M pre wit b dec lf).
Proof.
  intros Hparts. rewrite forallb_forall in Hparts.
  pose proof WU_pos as HW. pose proof K1_pos as HK.
  unfold feature_terms, squares. rewrite fsum_flat_map, fsum_seq. fold L. rewrite <- sum_scal.
  apply sum_ext. intros l Hl. rewrite fsum_map, fsum_seq, <- !sum_scal. apply sum_ext. intros j Hj.
  assert (E : block_sum P0 nb b (fun i => lam i l j Q)
    = / K1 * ldot (spread_row P wit b (linear_segment S D M pre wit dec lf l j)) (all_coords Q)).
  { rewrite block_sum_here. destruct (spread_value (linear_segment S D M pre wit dec lf l j) Q) as [_ ->].
    - intros i Hi. now apply (part_sound i Hi (Hparts i Hi)).
    - rewrite <- fsum_scal. reflexivity. }
  rewrite E. unfold term_value. cbn [fst snd]. rewrite mult_IZR. unfold weights, omega, nu.
  change (rdot (spread_row P wit b (linear_segment S D M pre wit dec lf l j)) (point_of Q))
    with (ldot (spread_row P wit b (linear_segment S D M pre wit dec lf l j)) (all_coords Q)).
  field. repeat split; lra.
Qed.
Lemma gain_sum Q : forallb (part_ok S M pre wit dec lf false) here = true ->
  block_sum P0 nb b (fun i => gain i Q)
  = nu * fsum (term_value (point_of Q)) (flat_map (cross_terms S P D wit b lf) here).
Proof.
  intros Hparts. rewrite forallb_forall in Hparts.
  pose proof WU_pos as HW. pose proof U_pos as HU.
  rewrite block_sum_here, fsum_flat_map, <- fsum_scal. apply fsum_ext. intros i Hi.
  unfold gain, cross_terms. destruct (part_at i) as [| |kind v ts psis stps] eqn:E; try (simpl; ring).
  destruct kind; try (simpl; ring).
  rewrite fsum_map, fsum_seq, <- sum_scal. apply sum_ext. intros j Hj.
  pose proof (proj1 (here_spec i) Hi) as [Him _].
  destruct (examined_sound false i Whole v ts psis stps Him E ltac:(discriminate) (Hparts i Hi)) as (_ & _ & Hpsi & _).
  specialize (Hpsi eq_refl j Hj).
  assert (Ef : functionals_of lf i = ts) by (unfold functionals_of; now rewrite E).
  assert (Eo : outputs_of S lf i = J) by (unfold outputs_of; now rewrite E).
  unfold term_value. cbn [fst snd].
  assert (V1 : rdot (spread_row P wit b (only S lf i (psi_of lf i j ++ zeros (output_dimension S)))) (point_of Q)
    = sum (length ts) (fun a => zvec (psi_of lf i j) a * rdot (nth a ts []) (moved P0 Q i))).
  { change (ldot (spread_row P wit b (only S lf i (psi_of lf i j ++ zeros (output_dimension S)))) (all_coords Q)
      = sum (length ts) (fun a => zvec (psi_of lf i j) a * rdot (nth a ts []) (moved P0 Q i))).
    rewrite only_value; auto.
    - unfold coords. rewrite Ef, ldot_padded by (rewrite map_length; exact Hpsi). now apply ldot_map.
    - unfold coordinates. rewrite app_length, length_zeros, Ef, Eo. change (output_dimension S) with J. congruence. }
  assert (V2 : rdot (spread_row P wit b (only S lf i (zeros (length ts) ++ unit_row (output_dimension S) j))) (point_of Q)
    = raised P0 Q i j).
  { change (ldot (spread_row P wit b (only S lf i (zeros (length ts) ++ unit_row J j))) (all_coords Q) = raised P0 Q i j).
    rewrite only_value; auto.
    - unfold coords. rewrite Ef, Eo, ldot_app by (rewrite length_zeros, map_length; reflexivity).
      rewrite ldot_zeros, ldot_unit by exact Hj. ring.
    - unfold coordinates, unit_row. rewrite app_length, length_add_at, !length_zeros, Ef, Eo. reflexivity. }
  rewrite V1, V2. rewrite !mult_IZR. unfold nu, unit_E, K1. fold p WU. pose proof scale_pos. field.
  repeat split; lra.
Qed.
Lemma gain_bound i : In i here -> part_ok S M pre wit dec lf false i = true ->
  exists C, 0 <= C /\ forall Q, Rabs (gain i Q) <= C * labs (coords i Q) ^ 2.
Proof.
  intros Hi Hpart. pose proof (proj1 (here_spec i) Hi) as [Him _].
  unfold gain. destruct (part_at i) as [| |kind v ts psis stps] eqn:E;
    try (exists 0; split; [lra|]; intros; rewrite Rabs_R0; lra).
  destruct kind; try (exists 0; split; [lra|]; intros; rewrite Rabs_R0; lra).
  destruct (examined_sound false i Whole v ts psis stps Him E ltac:(discriminate) Hpart) as (_ & _ & Hpsi & _).
  specialize (Hpsi eq_refl).
  assert (Ef : functionals_of lf i = ts) by (unfold functionals_of; now rewrite E).
  assert (Eo : outputs_of S lf i = J) by (unfold outputs_of; now rewrite E).
  pose proof U_pos as HU. pose proof (unit_E_pos S P D Hok) as HE.
  assert (HU' : 0 < / U) by (now apply Rinv_0_lt_compat).
  exists (sum J (fun j => uE * (/ U * size1 (psi_of lf i j)))). split.
  - apply sum_ge0. intros j _. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra | apply size1_pos].
  - intros Q. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal_r. apply sum_le. intros j Hj.
    rewrite <- ldot_map by (now apply Hpsi).
    rewrite !Rabs_mult, (Rabs_right uE), (Rabs_right (/ U)) by lra.
    assert (B1 : Rabs (raised P0 Q i j) <= labs (coords i Q)) by (apply raised_labs; now rewrite Eo).
    assert (B2 : Rabs (ldot (psi_of lf i j) (map (fun t => rdot t (moved P0 Q i)) ts))
      <= size1 (psi_of lf i j) * labs (coords i Q)).
    { eapply Rle_trans; [apply ldot_bound|]. apply Rmult_le_compat_l; [apply size1_pos|].
      unfold coords. rewrite labs_app, Ef. pose proof (labs_pos (map (raised P0 Q i) (seq 0 (outputs_of S lf i)))). lra. }
    pose proof (labs_pos (coords i Q)) as HL.
    replace (uE * (/ U * size1 (psi_of lf i j)) * labs (coords i Q) ^ 2)
      with (labs (coords i Q) * (uE * (/ U * (size1 (psi_of lf i j) * labs (coords i Q))))) by ring.
    apply Rmult_le_compat; try apply Rabs_pos; auto.
    + apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra | apply Rabs_pos].
    + apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; [lra | exact B2].
Qed.
Lemma labs_le_all i Q : In i here -> labs (coords i Q) <= labs (all_coords Q).
Proof.
  unfold all_coords. induction here as [|i' l IH]; intros Hin; [contradiction|]. simpl. rewrite labs_app.
  pose proof (labs_pos (coords i' Q)). pose proof (labs_pos (flat_map (fun i => coords i Q) l)).
  destruct Hin as [->|Hin]; [lra|]. specialize (IH Hin). lra.
Qed.
Lemma gains_bound : forallb (part_ok S M pre wit dec lf false) here = true ->
  exists C, 0 <= C /\ forall Q, Rabs (block_sum P0 nb b (fun i => gain i Q)) <= C * lsquares (all_coords Q).
Proof.
  intros Hparts. rewrite forallb_forall in Hparts.
  assert (H : forall l, (forall i, In i l -> In i here) -> exists C, 0 <= C /\ forall Q,
    Rabs (fsum (fun i => gain i Q) l) <= C * labs (all_coords Q) ^ 2).
  { induction l as [|i l IH]; intros Hl.
    - exists 0. split; [lra|]. intros Q. simpl. rewrite Rabs_R0. lra.
    - destruct IH as (C & HC & A); [intros; apply Hl; simpl; auto|].
      assert (Hi : In i here) by (apply Hl; simpl; auto).
      destruct (gain_bound i Hi (Hparts i Hi)) as (C' & HC' & B). exists (C + C'). split; [lra|].
      intros Q. simpl fsum. eapply Rle_trans; [apply Rabs_triang|]. specialize (A Q). specialize (B Q).
      assert (labs (coords i Q) ^ 2 <= labs (all_coords Q) ^ 2).
      { apply pow_incr. split; [apply labs_pos | now apply labs_le_all]. }
      assert (C' * labs (coords i Q) ^ 2 <= C' * labs (all_coords Q) ^ 2) by (now apply Rmult_le_compat_l).
      change (fold_right (fun a s => gain a Q + s) 0 l) with (fsum (fun i => gain i Q) l). lra. }
  destruct (H here (fun i Hi => Hi)) as (C & HC & A). exists (C * INR (size S P wit b lf)).
  split; [apply Rmult_le_pos; [auto | apply pos_INR]|]. intros Q. rewrite block_sum_here.
  eapply Rle_trans; [apply A|]. rewrite Rmult_assoc. apply Rmult_le_compat_l; auto.
  rewrite (size_value Q). apply labs_square.
Qed.

Theorem definite_sound factor products sqs gap : features_ok S wit b lf = true ->
  forallb (part_ok S M pre wit dec lf false) here = true ->
  definite_ok S P D M pre wit b dec lf factor products sqs gap = true ->
  nonnegative_near p P0 near_cell nb db b.
Proof.
  intros Hf Hparts H. unfold definite_ok in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[Hprod Hsq] Hgl] Hgap] Hcan]. apply Nat.eqb_eq in Hgl.
  destruct (features_sound Hf) as (F1 & F2 & F3 & F4 & F5 & F6).
  destruct (products_sound products Hparts Hprod) as (Cp & HCp & Bp).
  destruct (gains_bound Hparts) as (Cg & HCg & Bg).
  pose proof nu_pos as Hnu. pose proof (IZR_Zpos factor) as Hfac.
  set (c := nu / IZR (Zpos factor)). assert (Hc : 0 < c) by (now apply Rdiv_lt_0_compat).
  apply (definite_leaf p scale_pos P0 near_cell L y nb db b omega F5 F6 F2 (outside_sound Hf)
    (fun i => gain i) lam (fun i Q => labs (coords i Q))) with (c := c) (S2 := fun Q => lsquares (all_coords Q)); auto.
  - intros i Q Hi _ HQ. now apply cost_here.
  - intros. apply labs_pos.
  - intros i Hi Hb. apply part_sound; [now apply here_spec|]. rewrite forallb_forall in Hparts.
    apply Hparts. now apply here_spec.
  - intros. apply lsquares_pos.
  - exists (INR (size S P wit b lf) + Cg + c * Cp).
    assert (HcC : 0 <= c * Cp) by (apply Rmult_le_pos; lra).
    pose proof (pos_INR (size S P wit b lf)) as HI.
    split; [lra|]. intros eps Q He HQ Hn. pose proof (lsquares_pos (all_coords Q)) as HS.
    split; [|split].
    + assert (E : block_sum P0 nb b (fun i => labs (coords i Q)) = labs (all_coords Q)).
      { rewrite block_sum_here. unfold labs, all_coords. now rewrite fsum_flat_map. }
      rewrite E. eapply Rle_trans; [apply labs_square|]. rewrite <- (size_value Q).
      apply Rmult_le_compat_r; auto. lra.
    + eapply Rle_trans; [apply Bg|]. apply Rmult_le_compat_r; auto. lra.
    + rewrite (feature_sum Q Hparts), (gain_sum Q Hparts). fold (total_cost Q).
      pose proof (cancels_spec _ _ (point_of Q) Hcan) as E.
      rewrite fsum_app, !fsum_scaled, !fsum_app in E.
      specialize (Bp eps Q He HQ Hn).
      pose proof (squares_ge0_terms sqs (point_of Q) Hsq) as Es.
      assert (Eg : lsquares (all_coords Q) <= fsum (term_value (point_of Q)) (gap_terms S P wit b lf gap)).
      { unfold gap_terms. rewrite fsum_map, fsum_seq. unfold lsquares. rewrite (fsum_nth _ _ 0), <- (size_value Q).
        apply sum_le. intros a Ha. unfold term_value. cbn [fst snd].
        assert (V : rdot (unit_row (size S P wit b lf) a) (point_of Q) = nth a (all_coords Q) 0).
        { apply (ldot_unit_nth (size S P wit b lf) a (all_coords Q)); auto. now rewrite <- (size_value Q). }
        rewrite V. pose proof (forallb_nth _ _ 0%Z Hgap a ltac:(rewrite Hgl; exact Ha)) as G.
        apply Z.ltb_lt in G. assert (1 <= IZR (nth a gap 0%Z)) by (apply IZR_le; lia).
        assert (0 <= nth a (all_coords Q) 0 ^ 2) by apply pow2_ge_0.
        assert (1 * nth a (all_coords Q) 0 ^ 2 <= IZR (nth a gap 0%Z) * nth a (all_coords Q) 0 ^ 2)
          by (now apply Rmult_le_compat_r). lra. }
      set (A := fsum (term_value (point_of Q)) (feature_terms S P D M pre wit b dec lf)) in *.
      set (B := fsum (term_value (point_of Q)) (flat_map (cross_terms S P D wit b lf) here)) in *.
      destruct (total_cost_bound) as (t & Ht & T). destruct (T eps Q ltac:(lra) HQ Hn) as [T1 _].
      assert (G1 : lsquares (all_coords Q) - Cp * eps * total_cost Q <= IZR (Zpos factor) * (A + B)).
      { change (IZR (-1)) with (-1) in E. lra. }
      assert (G2 : c * (lsquares (all_coords Q) - Cp * eps * total_cost Q) <= nu * B + nu * A).
      { replace (nu * B + nu * A) with (c * (IZR (Zpos factor) * (A + B))) by (unfold c; field; lra).
        apply Rmult_le_compat_l; lra. }
      assert (G3 : 0 <= (INR (size S P wit b lf) + Cg) * (eps * total_cost Q)).
      { apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra. }
      lra.
Qed.
End Leaf.
