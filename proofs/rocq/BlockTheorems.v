(** Forms of low rank, trees of sides, and the soundness of certificates by blocks. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims Integers Prepare Facts
  Functional Checks SecondOrder BlockMinimum BlockChecks BlockForms BlockSoundness BlockLeaves.
Import ListNotations.
Local Open Scope R_scope.

Section Rank.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging) (wit : blocks_witness).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (Prepare.m P). Notation N := (points p). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))). Notation DS := (IZR (Zpos (den_slopes S))).
Notation DE := (IZR (Zpos (unit_e S D))).
Variables (near_cell : network -> Prop) (dec : decided).
Hypothesis facts : forall i, (i < m)%nat -> neuron_facts S P D M wit i.
Hypothesis Hcell : on_cell S P M near_cell dec.
Hypothesis Hgauge : forall Q, near_cell Q -> in_gauge p P0 (gauge_vectors wit) Q.
Variables (b : nat) (lf : leaf).
Notation nb := (block_of wit). Notation db := (data_block wit).
Notation U := (IZR (Zpos (leaf_unit lf))).
Notation part_at := (part_at lf).
Notation here := (here P wit b).
Notation act := (activity_row S M pre wit dec lf).
Notation uE := (unit_E S D).
Notation examined := (examined_here P wit b lf).
Notation R0 := (rank_size P wit b lf).
Notation shared := (shared_steps P wit b lf).
Let L := length (features lf).
Let y (l k : nat) : R := zvec (nth l (features lf) []) k.
Let scale_pos := scale_pos S P D Hok.
Let DX_pos := DX_pos D. Let DS_pos := DS_pos S. Let DE_pos := DE_pos S D. Let DV_pos := DV_pos D.
Let DW_pos := DW_pos D.
Let HU : 0 < U := U_pos lf.

Definition q0 : R := / (DS * DX * U).
Lemma q0_pos : 0 < q0.
Proof. apply Rinv_0_lt_compat. repeat apply Rmult_lt_0_compat; auto. Qed.
Definition alpha (l a : nat) : R := zvec (nth l shared []) a.
Definition om := omega lf.
Definition inner_product := metric L R0 om alpha.
Definition who (a : nat) : nat := nth a examined 0%nat.
(** The values of the functionals at w_i, before and after. *)
Definition before (i a : nat) : R := rdot (nth a (functionals_of lf i) []) (w P0 i).
Definition after (Q : network) (i a : nat) : R := rdot (nth a (functionals_of lf i) []) (w Q i).

Lemma examined_spec i : In i examined -> In i here /\ (i < m)%nat
  /\ exists kind v ts psis stps, part_at i = Examined kind v ts psis stps.
Proof.
  intros H. unfold examined_here in H. apply filter_In in H as [H1 H2]. split; [exact H1|].
  split; [now apply here_spec in H1|]. destruct (part_at i) as [| |k v ts ps ss]; try discriminate. eauto 6.
Qed.
Lemma examined_sum f : (forall i, In i here -> (forall k v ts ps ss, part_at i <> Examined k v ts ps ss) -> f i = 0) ->
  block_sum P0 nb b f = sum (length examined) (fun a => f (who a)).
Proof.
  intros H. unfold P0. rewrite block_sum_here. unfold who. rewrite <- (fsum_nth f).
  unfold examined_here. symmetry. apply fsum_filter. intros i Hi E. apply H; auto.
  intros k v ts ps ss E'. rewrite E' in E. discriminate.
Qed.
Lemma length_shared : length shared = L.
Proof. unfold shared_steps. now rewrite map_length, seq_length. Qed.
Lemma for_all2_eq (A B : list row) : for_all2 row_eqb A B = true -> A = B.
Proof.
  revert B. induction A as [|u A IH]; intros [|v B] H; simpl in H; try discriminate; auto.
  apply andb_prop in H as [H1 H2]. apply row_eqb_eq in H1. f_equal; auto.
Qed.
Lemma rdot_plus r u v : rdot r (fun a => u a + v a) = rdot r u + rdot r v.
Proof. unfold rdot. rewrite <- sum_plus. apply sum_ext. intros; ring. Qed.
Lemma after_before Q i a : rdot (nth a (functionals_of lf i) []) (moved P0 Q i) = after Q i a - before i a.
Proof.
  unfold after, before. rewrite <- (Rplus_0_r (rdot _ (w Q i))).
  assert (E : rdot (nth a (functionals_of lf i) []) (w Q i)
    = rdot (nth a (functionals_of lf i) []) (moved P0 Q i) + rdot (nth a (functionals_of lf i) []) (w P0 i)).
  { rewrite <- rdot_plus. apply rdot_ext. intros e _. unfold moved. ring. }
  rewrite E. ring.
Qed.

Section Sound.
Hypothesis Hf : features_ok S wit b lf = true.
Hypothesis Hparts : forallb (part_ok S M pre wit dec lf true) here = true.
Hypothesis Hfollow : forallb (follower_ok S P M pre wit b dec lf) examined = true.

(** What is known of an examined neuron. *)
Lemma examined_facts i : In i examined ->
  length (functionals_of lf i) = R0
  /\ (forall l, (l < L)%nat -> steps_of lf i l = nth l shared [] /\ length (nth l shared []) = R0)
  /\ (forall j, (j < J)%nat -> psi_of lf i j = nth j (shared_psi S P wit b lf) [] /\ length (nth j (shared_psi S P wit b lf) []) = R0)
  /\ (forall j, (j < J)%nat -> sum R0 (fun a => zvec (nth j (shared_psi S P wit b lf) []) a * before i a) = 0)
  /\ (forall a, (a < R0)%nat -> sum J (fun j => h P0 i j * zvec (nth j (shared_psi S P wit b lf) []) a) = 0)
  /\ (forall l, (l < L)%nat -> activity p P0 y i l = q0 * value R0 alpha l (before i))
  /\ (forall a, (a < R0)%nat -> IZR (nth a (values_at pre lf i) 0%Z) = DW * before i a)
  /\ length (values_at pre lf i) = R0
  /\ role p P0 near_cell L y i (gain S P D lf i) (raise_lam S P D lf i) (fun _ => 0).
Proof.
  intros Hi. destruct (examined_spec i Hi) as (Hh & Him & kind & v & ts & psis & stps & E).
  rewrite forallb_forall in Hparts, Hfollow. pose proof (Hparts i Hh) as Hp. pose proof (Hfollow i Hi) as Hfo.
  destruct (features_sound S wit b lf Hf) as (F1 & _).
  assert (Ek : kind = Whole).
  { destruct kind; auto; exfalso.
    - unfold part_ok in Hp. rewrite E in Hp. cbv zeta in Hp. repeat rewrite andb_true_iff in Hp.
      destruct Hp as [_ [_ Hp]]. destruct ts, psis, stps; discriminate.
    - destruct (examined_sound S P D M wit Hok Hm near_cell dec facts Hcell Hgauge b lf F1 true i _ _ _ _ _
        Him E ltac:(discriminate) Hp) as (_ & _ & _ & A). destruct (A eq_refl). discriminate. }
  subst kind.
  destruct (examined_sound S P D M wit Hok Hm near_cell dec facts Hcell Hgauge b lf F1 true i _ _ _ _ _
    Him E ltac:(discriminate) Hp) as (Hrole & Hsl & Hpl & _). specialize (Hpl eq_refl).
  assert (Hts : forall t, In t ts -> length t = d).
  { unfold part_ok in Hp. rewrite E in Hp. cbv zeta in Hp. apply andb_prop in Hp as [Hp _].
    intros t Ht. rewrite forallb_forall in Hp. now apply Nat.eqb_eq, Hp. }
  assert (Ef : functionals_of lf i = ts) by (unfold functionals_of; now rewrite E).
  unfold follower_ok in Hfo. repeat rewrite andb_true_iff in Hfo.
  destruct Hfo as [[[[[G1 G2] G3] G4] G5] G6]. apply Nat.eqb_eq in G1.
  apply for_all2_eq in G2. apply for_all2_eq in G3.
  assert (Es : forall l, (l < L)%nat -> steps_of lf i l = nth l shared []).
  { intros l Hl. rewrite <- G2. symmetry. now apply nth_seq_map. }
  assert (Ep : forall j, (j < J)%nat -> psi_of lf i j = nth j (shared_psi S P wit b lf) []).
  { intros j Hj. rewrite <- G3. symmetry. now apply nth_seq_map. }
  assert (Hsl' : forall l, (l < L)%nat -> length (nth l shared []) = R0).
  { intros l Hl. rewrite <- Es, Hsl, <- Ef by auto. exact G1. }
  assert (Hpl' : forall j, (j < J)%nat -> length (nth j (shared_psi S P wit b lf) []) = R0).
  { intros j Hj. rewrite <- Ep, Hpl, <- Ef by auto. exact G1. }
  assert (Lv : length (values_at pre lf i) = R0) by (unfold values_at; now rewrite map_length).
  assert (Ev : forall a, (a < R0)%nat -> IZR (nth a (values_at pre lf i) 0%Z) = DW * before i a).
  { intros a Ha. unfold values_at, before. rewrite (nth_map_lt _ _ a []) by (rewrite G1; exact Ha).
    symmetry. apply (rdot_weight S P D M Hok); auto. apply Hts. rewrite Ef. apply nth_In. rewrite <- Ef, G1. exact Ha. }
  assert (Ed : forall r, length r = R0 -> IZR (zdot r (values_at pre lf i)) = DW * sum R0 (fun a => zvec r a * before i a)).
  { intros r Hr. rewrite (zdot_sum R0) by auto. rewrite <- sum_scal. apply sum_ext. intros a Ha.
    unfold zvec at 2. rewrite Ev by auto. ring. }
  assert (Lp : length (shared_psi S P wit b lf) = J) by (unfold shared_psi; rewrite map_length, seq_length; reflexivity).
  split; [exact G1|]. split; [intros l Hl; split; auto|]. split; [intros j Hj; split; auto|].
  split; [|split; [|split; [|split; [exact Ev | split; [exact Lv | exact Hrole]]]]].
  - intros j Hj. pose proof (forallb_nth _ _ [] G4 j ltac:(rewrite Lp; exact Hj)) as A. apply Z.eqb_eq in A.
    apply (f_equal IZR) in A. rewrite Ed in A by auto. apply (Rmult_eq_reg_l DW); lra.
  - intros a Ha. pose proof (all_zero_spec _ G5 a) as A.
    assert (Sz : all_sized R0 (shared_psi S P wit b lf)).
    { intros r Hr. apply (In_nth _ _ []) in Hr as (j & Hj & <-). rewrite Lp in Hj. auto. }
    destruct (height_spec S P D M Hok i) as [Hlh Hhe]. fold pre p P0 in Hlh, Hhe.
    rewrite (lincomb_spec R0 J) in A by auto.
    rewrite (sum_ext J _ (fun j => DV * (h P0 i j * zvec (nth j (shared_psi S P wit b lf) []) a))) in A
      by (intros j Hj; rewrite Hhe; unfold zmat; ring).
    rewrite sum_scal in A. apply (Rmult_eq_reg_l DV); lra.
  - intros l Hl. apply (for_all2_spec _ _ _ [] 0%Z) in G6 as [_ G6]. rewrite length_shared in G6.
    specialize (G6 l Hl). apply Z.eqb_eq in G6. apply (f_equal IZR) in G6.
    rewrite Ed, mult_IZR in G6 by auto.
    refine (eq_trans (activity_int S P D M wit Hok dec lf F1 i l Him Hl) _).
    fold pre. unfold q0, value, alpha.
    replace (IZR (nth l (act i) 0%Z)) with (/ U * (DW * sum R0 (fun a => zvec (nth l shared []) a * before i a)))
      by (rewrite G6; field; lra).
    field. repeat split; lra.
Qed.

Lemma value_combination l n g V : value R0 alpha l (combination n g V) = sum n (fun i => g i * value R0 alpha l (V i)).
Proof.
  unfold value, combination. rewrite (sum_ext R0 _ (fun a => sum n (fun i => g i * (alpha l a * V i a)))).
  - rewrite sum_swap. apply sum_ext. intros. now rewrite sum_scal.
  - intros a _. rewrite <- sum_scal. apply sum_ext. intros; ring.
Qed.
Definition count : nat := length examined.
Definition gj (Q : network) (j a : nat) : R := h Q (who a) j.
Definition Vq (Q : network) (a : nat) : nat -> R := after Q (who a).
Definition base (j e : nat) : R := combination count (gj P0 j) (fun a => before (who a)) e.
Definition combined_after (Q : network) (j e : nat) : R := combination count (gj Q j) (Vq Q) e.
Lemma who_in a : (a < count)%nat -> In (who a) examined.
Proof. intros Ha. now apply nth_In. Qed.

Lemma raise_value i l j Q : In i examined -> (l < L)%nat -> raise_lam S P D lf i l j Q
  = q0 * (h Q i j * value R0 alpha l (after Q i) - h P0 i j * value R0 alpha l (before i)).
Proof.
  intros Hi Hl. destruct (examined_facts i Hi) as (G1 & G2 & _ & _ & _ & G6 & _).
  destruct (G2 l Hl) as [E1 E2].
  unfold raise_lam. fold p P0 y. rewrite G6 by auto. unfold model. rewrite G1, E1. fold P0.
  rewrite (sum_ext R0 _ (fun a => alpha l a * after Q i a - alpha l a * before i a))
    by (intros a _; rewrite after_before; unfold alpha; ring).
  rewrite sum_minus. fold (value R0 alpha l (after Q i)). fold (value R0 alpha l (before i)).
  unfold q0. field. repeat split; lra.
Qed.
Definition rank_lam (i l j : nat) (Q : network) : R :=
  match part_at i with Examined _ _ _ _ _ => raise_lam S P D lf i l j Q | _ => 0 end.
Lemma rank_lam_examined i l j Q : In i examined -> rank_lam i l j Q = raise_lam S P D lf i l j Q.
Proof.
  intros Hi. destruct (examined_spec i Hi) as (_ & _ & k & v & ts & ps & ss & E). unfold rank_lam. now rewrite E.
Qed.
Lemma total_lam l j Q : (l < L)%nat -> block_sum P0 nb b (fun i => rank_lam i l j Q)
  = q0 * value R0 alpha l (fun e => 1 * combined_after Q j e + -1 * base j e).
Proof.
  intros Hl. rewrite examined_sum.
  - rewrite value_combine. unfold combined_after, base.
    change (fun e => combination count (gj Q j) (Vq Q) e) with (combination count (gj Q j) (Vq Q)).
    rewrite !value_combination. fold count.
    rewrite (sum_ext count _ (fun a => q0 * (gj Q j a * value R0 alpha l (Vq Q a)
      + -1 * (gj P0 j a * value R0 alpha l (before (who a)))))).
    + rewrite sum_scal, sum_plus, sum_scal. ring.
    + intros a Ha. rewrite rank_lam_examined, raise_value by (auto using who_in). unfold gj, Vq. ring.
  - intros i _ H. unfold rank_lam. destruct (part_at i) as [| |k v ts ps ss] eqn:E; auto. exfalso. eapply H. reflexivity.
Qed.
Lemma total_gain Q : block_sum P0 nb b (fun i => gain S P D lf i Q)
  = uE * / U * sum J (fun j => sum R0 (fun e => zvec (nth j (shared_psi S P wit b lf) []) e * combined_after Q j e)).
Proof.
  rewrite examined_sum.
  2:{ intros i _ H. unfold gain. destruct (part_at i) as [| |k v ts ps ss] eqn:E; auto. exfalso. eapply H. reflexivity. }
  fold count. set (eps := fun j e => zvec (nth j (shared_psi S P wit b lf) []) e).
  assert (A : forall a, (a < count)%nat -> gain S P D lf (who a) Q
    = uE * / U * sum J (fun j => sum R0 (fun e => (h Q (who a) j) * (eps j e * after Q (who a) e)))).
  { intros a Ha. destruct (examined_facts _ (who_in a Ha)) as (G1 & _ & G3 & G4 & G5 & _).
    destruct (examined_spec _ (who_in a Ha)) as (Hh & _ & k & v & ts & ps & ss & E).
    assert (Ek : forall f g, match k with Whole => f | OnlyOutput => g | OnlyInput => g end = f :> R).
    { rewrite forallb_forall in Hparts. pose proof (Hparts _ Hh) as Hp.
      destruct k; auto; exfalso; unfold part_ok in Hp; rewrite E in Hp; cbv zeta in Hp.
      - repeat rewrite andb_true_iff in Hp. destruct Hp as [_ [_ Hp]]. destruct ts, ps, ss; discriminate.
      - repeat rewrite andb_true_iff in Hp. destruct Hp as [_ [_ [[_ Hp] _]]]. discriminate. }
    assert (Eg : gain S P D lf (who a) Q = sum J (fun j => raised P0 Q (who a) j
      * (uE * (/ U * sum R0 (fun e => eps j e * (after Q (who a) e - before (who a) e)))))).
    { unfold gain. rewrite E.
      transitivity (match k with Whole => sum J (fun j => raised P0 Q (who a) j
        * (uE * (/ U * sum (length ts) (fun e => zvec (psi_of lf (who a) j) e * rdot (nth e ts []) (moved P0 Q (who a))))))
        | OnlyOutput => 0 | OnlyInput => 0 end); [destruct k; reflexivity|].
      rewrite Ek. apply sum_ext. intros j Hj. do 3 f_equal.
      assert (Ef : functionals_of lf (who a) = ts).
      { specialize (Ek 1 0). unfold functionals_of. rewrite E. destruct k; auto; lra. }
      rewrite <- Ef, G1. destruct (G3 j Hj) as [-> _]. apply sum_ext. intros e _. unfold eps. f_equal. apply after_before. }
    rewrite Eg.
    rewrite (sum_ext J _ (fun j => uE * / U * (sum R0 (fun e => h Q (who a) j * (eps j e * after Q (who a) e))
      - sum R0 (fun e => after Q (who a) e * (h P0 (who a) j * eps j e))))).
    - rewrite sum_scal, sum_minus. rewrite (sum_swap J R0 (fun j e => after Q (who a) e * (h P0 (who a) j * eps j e))).
      rewrite (sum_zero R0 (fun i => sum J _)); [ring|]. intros e He. rewrite sum_scal. unfold eps. rewrite G5 by auto. ring.
    - intros j Hj. rewrite (sum_ext R0 (fun e => eps j e * (_ - _)) (fun e => eps j e * after Q (who a) e
        - eps j e * before (who a) e)) by (intros; ring).
      rewrite sum_minus. unfold eps at 2. rewrite (G4 j Hj).
      rewrite (sum_ext R0 (fun e => after Q (who a) e * (h P0 (who a) j * eps j e))
        (fun e => h P0 (who a) j * (eps j e * after Q (who a) e))) by (intros; ring).
      rewrite !sum_scal. unfold raised. ring. }
  rewrite (sum_ext count _ _ A), sum_scal. f_equal. rewrite sum_swap. apply sum_ext. intros j _.
  rewrite sum_swap. apply sum_ext. intros e _. unfold combined_after, combination. rewrite <- sum_scal.
  apply sum_ext. intros a _. unfold gj, Vq, eps. ring.
Qed.

(** The metric in integers. *)
Lemma metric_row_spec u v : length u = R0 -> length (feature_weights lf) = L ->
  (forall l, (l < L)%nat -> length (nth l shared []) = R0) ->
  length (metric_row P wit b lf u) = R0
  /\ rdot (metric_row P wit b lf u) v = WU lf * inner_product (zvec u) v.
Proof.
  intros Hu Hw Hs.
  assert (Sz : all_sized R0 shared).
  { intros r Hr. apply (In_nth _ _ []) in Hr as (l & Hl & <-). rewrite length_shared in Hl. auto. }
  unfold metric_row. set (coefs := zmul (feature_weights lf) (map (fun r => zdot r u) shared)).
  assert (Hlen : length (lincomb R0 coefs shared) = R0) by (now apply length_lincomb).
  split; [exact Hlen|].
  destruct (zmul_spec L (feature_weights lf) (map (fun r => zdot r u) shared)) as [Z1 Z2]; auto.
  { rewrite map_length. apply length_shared. }
  unfold rdot. rewrite Hlen. unfold inner_product, metric. rewrite <- sum_scal.
  pose proof (WU_pos lf) as HW.
  rewrite (sum_ext R0 _ (fun e => sum L (fun l => IZR (nth l (feature_weights lf) 0%Z) * value R0 alpha l (zvec u)
     * (alpha l e * v e)))).
  - rewrite sum_swap. apply sum_ext. intros l Hl. rewrite sum_scal. fold (value R0 alpha l v).
    unfold om, omega. field. lra.
  - intros e _. rewrite (lincomb_spec R0 L) by (auto; apply length_shared).
    rewrite <- sum_scal_r. apply sum_ext. intros l Hl. unfold coefs. rewrite Z2. unfold zvec at 2.
    rewrite (nth_map_lt _ shared l []) by (rewrite length_shared; exact Hl).
    rewrite (zdot_sum R0) by auto. unfold zmat, alpha, value, zvec. ring.
Qed.
Lemma metric_row_self u : length u = R0 -> length (feature_weights lf) = L ->
  (forall l, (l < L)%nat -> length (nth l shared []) = R0) ->
  IZR (zdot (metric_row P wit b lf u) u) = WU lf * inner_product (zvec u) (zvec u).
Proof.
  intros Hu Hw Hs. destruct (metric_row_spec u (zvec u) Hu Hw Hs) as [L1 E].
  rewrite <- E. symmetry. apply rdot_zvec. congruence.
Qed.

Lemma base_row_spec j : (j < J)%nat -> length (base_row P pre wit b lf j) = R0
  /\ forall e, (e < R0)%nat -> zvec (base_row P pre wit b lf j) e = DV * DW * base j e.
Proof.
  intros Hj. unfold base_row.
  assert (Sz : all_sized R0 (map (values_at pre lf) examined)).
  { intros r Hr. apply in_map_iff in Hr as (i & <- & Hi). now apply examined_facts. }
  split; [now apply length_lincomb|]. intros e He.
  rewrite (lincomb_spec R0 count) by (auto; now rewrite map_length).
  unfold base, combination. rewrite <- sum_scal. apply sum_ext. intros a Ha.
  unfold zmat, zvec. rewrite (nth_map_lt _ examined a 0%nat) by exact Ha.
  rewrite (nth_map_lt (values_at pre lf) examined a 0%nat) by exact Ha.
  fold (who a). destruct (examined_facts _ (who_in a Ha)) as (_ & _ & _ & _ & _ & _ & Ev & _).
  rewrite (V_entry S P D M Hok), (Ev e He). unfold gj. fold P0. ring.
Qed.

Lemma coords_near i : (i < m)%nat -> (forall t, In t (functionals_of lf i) -> length t = d) ->
  (outputs_of S lf i <= J)%nat ->
  exists C, 0 <= C /\ forall eps Q, 0 < eps -> near p eps P0 Q -> labs (coords S P lf i Q) <= C * eps.
Proof.
  intros Hi Hts Ho.
  assert (A : forall ts : list row, (forall t, In t ts -> length t = d) -> exists C, 0 <= C /\ forall eps Q, 0 < eps ->
    near p eps P0 Q -> labs (map (fun t => rdot t (moved P0 Q i)) ts) <= C * eps).
  { induction ts as [|t ts IH]; intros H.
    - exists 0. split; [lra|]. intros. unfold labs. simpl. lra.
    - destruct IH as (C & HC & B); [intros; apply H; simpl; auto|].
      exists (sum d (fun a => Rabs (zvec t a)) + C). split.
      + assert (0 <= sum d (fun a => Rabs (zvec t a))) by (apply sum_ge0; intros; apply Rabs_pos). lra.
      + intros eps Q He Hn. specialize (B eps Q He Hn). unfold labs in *. simpl.
        assert (E : rdot t (moved P0 Q i) = dot p (moved P0 Q i) (zvec t)).
        { unfold rdot. rewrite (H t (or_introl eq_refl)). rewrite (dot_comm p). reflexivity. }
        rewrite E. pose proof (near_moved p P0 eps Q i (zvec t) Hn Hi). change (inputs p) with d in H0. lra. }
  destruct (A _ Hts) as (C & HC & B). exists (C + INR (outputs_of S lf i)).
  pose proof (pos_INR (outputs_of S lf i)). split; [lra|]. intros eps Q He Hn.
  unfold coords. rewrite labs_app. specialize (B eps Q He Hn).
  assert (labs (map (raised P0 Q i) (seq 0 (outputs_of S lf i))) <= INR (outputs_of S lf i) * eps).
  { unfold labs. rewrite fsum_map, fsum_seq, <- sum_const. apply sum_le. intros j Hj.
    apply (near_raised p P0); auto. lia. }
  fold P0. lra.
Qed.
Lemma lam_near i : In i examined -> exists C, 0 <= C /\ forall eps Q l j, 0 < eps <= 1 -> near p eps P0 Q ->
  (l < L)%nat -> (j < J)%nat -> Rabs (raise_lam S P D lf i l j Q) <= C * eps.
Proof.
  intros Hi. destruct (examined_facts i Hi) as (G1 & G2 & _).
  destruct (examined_spec i Hi) as (Hh & Him & k & v & ts & ps & ss & E).
  assert (Hts : forall t, In t (functionals_of lf i) -> length t = d).
  { rewrite forallb_forall in Hparts. pose proof (Hparts i Hh) as Hp. unfold part_ok in Hp. rewrite E in Hp.
    cbv zeta in Hp. apply andb_prop in Hp as [Hp _]. rewrite forallb_forall in Hp.
    unfold functionals_of. rewrite E. intros t Ht. apply Nat.eqb_eq, Hp. destruct k; auto; contradiction. }
  assert (Ho : (outputs_of S lf i <= J)%nat).
  { unfold outputs_of. rewrite E. destruct k; simpl; try lia; change (output_dimension S) with J; lia. }
  destruct (coords_near i Him Hts Ho) as (C & HC & B).
  assert (Hs : forall l, (l < L)%nat -> length (steps_of lf i l) = length (functionals_of lf i)).
  { intros l Hl. destruct (G2 l Hl) as [-> ->]. now rewrite G1. }
  destruct (model_uniform S P D lf i P0 Hs) as [Hmc _].
  set (mc := model_constant S D lf i) in *.
  set (Ac := sum L (fun l => Rabs (activity p P0 y i l))).
  set (Hc := sum J (fun j => Rabs (h P0 i j)) + 1).
  assert (HAc : 0 <= Ac) by (apply sum_ge0; intros; apply Rabs_pos).
  assert (HHc0 : 0 <= sum J (fun j => Rabs (h P0 i j))) by (apply sum_ge0; intros; apply Rabs_pos).
  assert (HHc : 0 <= Hc) by (unfold Hc; lra).
  exists (Ac + Hc * (mc * C)). split.
  { apply Rplus_le_le_0_compat; auto. repeat apply Rmult_le_pos; auto. }
  intros eps Q l j He Hn Hl Hj. destruct (model_uniform S P D lf i Q Hs) as [_ M1]. specialize (M1 l Hl). fold mc in M1.
  specialize (B eps Q ltac:(lra) Hn). pose proof (near_raised p P0 eps Q i j Hn Him Hj) as R1.
  assert (A1 : Rabs (activity p P0 y i l) <= Ac).
  { pose proof (sum_term L (fun l => Rabs (activity p P0 y i l)) l Hl (fun _ _ => Rabs_pos _)). exact H. }
  assert (H1 : Rabs (h Q i j) <= Hc).
  { replace (h Q i j) with (raised P0 Q i j + h P0 i j) by (unfold raised; ring).
    eapply Rle_trans; [apply Rabs_triang|].
    pose proof (sum_term J (fun j => Rabs (h P0 i j)) j Hj (fun _ _ => Rabs_pos _)) as T. cbv beta in T. unfold Hc. lra. }
  assert (M2 : Rabs (model S P D lf i l Q) <= mc * (C * eps)).
  { eapply Rle_trans; [exact M1|]. apply Rmult_le_compat_l; auto. }
  unfold raise_lam. fold p P0 y.
  replace (_ - _) with (raised P0 Q i j * activity p P0 y i l + h Q i j * model S P D lf i l Q)
    by (unfold raised; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
  assert (B1 : Rabs (raised P0 Q i j) * Rabs (activity p P0 y i l) <= eps * Ac)
    by (apply Rmult_le_compat; try apply Rabs_pos; auto).
  assert (B2 : Rabs (h Q i j) * Rabs (model S P D lf i l Q) <= Hc * (mc * (C * eps)))
    by (apply Rmult_le_compat; try apply Rabs_pos; auto).
  lra.
Qed.
End Sound.

Theorem rank_sound factor den_normal normals bound excess sqs : features_ok S wit b lf = true ->
  forallb (part_ok S M pre wit dec lf true) here = true ->
  rank_ok S P D M pre wit b dec lf factor den_normal normals bound excess sqs = true ->
  nonnegative_near p P0 near_cell nb db b.
Proof.
  intros Hf Hparts H. unfold rank_ok in H. cbv zeta in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[[[[[Hfollow Hcount] Hex] Hnorm] Hb0] Hexp] Hsqp] Hcan] Hnum].
  apply Nat.ltb_lt in Hcount. apply Z.leb_le, IZR_le in Hb0. apply Z.leb_le in Hnum.
  destruct (features_sound S wit b lf Hf) as (F1 & F2 & F3 & F4 & F5 & F6). fold p L y in F2, F3, F5, F6, F4, F1.
  pose proof (examined_facts Hf Hparts Hfollow) as EF.
  apply (for_all2_spec _ _ _ [] []) in Hnorm as [Hnl Hnorm].
  assert (Lp : length (shared_psi S P wit b lf) = J) by (unfold shared_psi; rewrite map_length, seq_length; reflexivity).
  rewrite Lp in Hnl, Hnorm.
  pose proof (IZR_Zpos factor) as Hfac. pose proof (IZR_Zpos den_normal) as Hnd. pose proof (WU_pos lf) as HW.
  assert (Hs : forall l, (l < L)%nat -> length (nth l shared []) = R0).
  { intros l Hl. destruct (EF (who 0) (who_in 0 Hcount)) as (_ & G2 & _). now apply G2. }
  assert (Hpsi : forall j, (j < J)%nat -> length (nth j (shared_psi S P wit b lf) []) = R0).
  { intros j Hj. destruct (EF (who 0) (who_in 0 Hcount)) as (_ & _ & G3 & _). now apply G3. }
  assert (Mrow : forall u v, length u = R0 -> length (metric_row P wit b lf u) = R0
    /\ rdot (metric_row P wit b lf u) v = WU lf * inner_product (zvec u) v)
    by (intros; now apply metric_row_spec).
  set (nd := IZR (Zpos den_normal)) in *.
  set (nz := fun j => nth j normals []).
  assert (Hnz : forall j, (j < J)%nat -> length (nz j) = R0).
  { intros j Hj. specialize (Hnorm j Hj). apply andb_prop in Hnorm as [A _]. now apply Nat.eqb_eq. }
  set (nrm := fun (j e : nat) => / nd * zvec (nz j) e + 0 * zvec (nz j) e).
  assert (Enrm : forall j v, inner_product (nrm j) v = / nd * inner_product (zvec (nz j)) v).
  { intros j v. unfold inner_product, nrm. rewrite metric_combine. ring. }
  assert (Epsi : forall j v, (j < J)%nat ->
    sum R0 (fun e => zvec (nth j (shared_psi S P wit b lf) []) e * v e) = DE * q0 * inner_product (nrm j) v).
  { intros j v Hj. specialize (Hnorm j Hj). apply andb_prop in Hnorm as [_ A]. apply row_eqb_eq in A.
    destruct (Mrow (nz j) v (Hnz j Hj)) as [_ E]. fold (nz j) in A.
    assert (B : IZR (Zpos (den_slopes S) * Zpos (den_x D) * Zpos (leaf_unit lf) * Zpos (weight_unit lf) * Zpos den_normal)
      * rdot (nth j (shared_psi S P wit b lf) []) v = DE * (WU lf * inner_product (zvec (nz j)) v)).
    { rewrite <- rdot_smul, A, rdot_smul, E. reflexivity. }
    unfold rdot in B. rewrite (Hpsi j Hj) in B. rewrite !mult_IZR in B. fold (WU lf) nd in B.
    rewrite Enrm. unfold q0.
    apply (Rmult_eq_reg_l (DS * DX * U * WU lf * nd)).
    - rewrite B. field. repeat split; lra.
    - assert (0 < DS * DX * U * WU lf * nd) by (repeat apply Rmult_lt_0_compat; auto). lra. }
  set (T := fun j e => 1 * base j e + -1 * nrm j e).
  set (DT := nd * (DV * DW)). assert (HDT : 0 < DT) by (unfold DT; repeat apply Rmult_lt_0_compat; auto).
  change (output_dimension S) with (outputs p) in Hcan, Hnum.
  set (bases := map (base_row P pre wit b lf) (seq 0 J)) in *.
  assert (Ebase : forall j, (j < J)%nat -> nth j bases [] = base_row P pre wit b lf j)
    by (intros j Hj; unfold bases; now apply nth_seq_map).
  set (unit := (Zpos (den_v D) * Zpos (den_w D))%Z) in *.
  set (target := fun j => vadd (smul (Zpos den_normal) (base_row P pre wit b lf j)) (smul (- unit) (nz j))).
  assert (Etargets : map (fun bn => vadd (smul (Zpos den_normal) (fst bn)) (smul (- unit) (snd bn))) (combine bases normals)
    = map target (seq 0 J)).
  { apply (nth_ext _ _ [] []).
    - rewrite !map_length, combine_length, seq_length. unfold bases. rewrite map_length, seq_length. lia.
    - intros j Hj. rewrite map_length, combine_length in Hj. unfold bases in Hj. rewrite map_length, seq_length in Hj.
      assert (Hj' : (j < J)%nat) by lia. rewrite nth_seq_map by exact Hj'.
      rewrite (nth_map_lt _ _ j ([], [])) by (rewrite combine_length; unfold bases; rewrite map_length, seq_length; lia).
      rewrite combine_nth by (unfold bases; rewrite map_length, seq_length; congruence).
      cbn [fst snd]. rewrite Ebase by exact Hj'. reflexivity. }
  rewrite Etargets in Hcan.
  assert (Ht : forall j, (j < J)%nat -> length (target j) = R0
    /\ forall v, inner_product (zvec (target j)) v = DT * inner_product (T j) v).
  { intros j Hj. destruct (base_row_spec Hf Hparts Hfollow j Hj) as [L1 E1]. fold pre in L1, E1.
    assert (Ll : length (smul (Zpos den_normal) (base_row P pre wit b lf j)) = length (smul (- unit) (nz j)))
      by (rewrite !length_smul, L1; symmetry; now apply Hnz).
    split; [unfold target; rewrite length_vadd by exact Ll; now rewrite length_smul|].
    intros v. unfold inner_product. rewrite (metric_ext L R0 om alpha _ (fun e => DT * T j e + 0 * T j e)).
    - rewrite metric_combine. ring.
    - intros e He. unfold target. rewrite zvec_vadd, !zvec_smul, (E1 e He) by exact Ll.
      unfold unit, T, nrm, DT. rewrite opp_IZR, mult_IZR. fold nd. field. lra. }
  set (M0 := length excess). set (ys := fun k => zvec (snd (nth k excess (0%Z, [])))).
  set (kap := fun k => IZR (fst (nth k excess (0%Z, []))) / (IZR (Zpos factor) * (DT * DT))).
  set (r := IZR bound / (IZR (Zpos factor) * (WU lf * (DT * DT)))).
  assert (Hys : forall k, (k < M0)%nat -> length (snd (nth k excess (0%Z, []))) = R0).
  { intros k Hk. pose proof (forallb_nth _ _ [] Hex k) as A. rewrite map_length in A. specialize (A Hk).
    rewrite (nth_map_lt _ excess k (0%Z, [])) in A by exact Hk. now apply Nat.eqb_eq. }
  assert (HF1 : 0 < IZR (Zpos factor) * (DT * DT)) by (repeat apply Rmult_lt_0_compat; auto).
  assert (HF2 : 0 < IZR (Zpos factor) * (WU lf * (DT * DT))) by (repeat apply Rmult_lt_0_compat; auto).
  assert (Hkap : forall k, (k < M0)%nat -> 0 <= kap k).
  { intros k Hk. pose proof (forallb_nth _ _ (0%Z, []) Hexp k Hk) as A. cbv beta in A. apply Z.leb_le, IZR_le in A.
    unfold kap. apply Rmult_le_pos; auto. left. now apply Rinv_0_lt_compat. }
  assert (Hr : 0 <= r) by (unfold r; apply Rmult_le_pos; [auto | left; now apply Rinv_0_lt_compat]).
  assert (Hmain : forall bv, sum J (fun j => inner_product (T j) bv ^ 2)
    <= r * inner_product bv bv + sum M0 (fun k => kap k * inner_product (ys k) bv ^ 2)).
  { intros bv. pose proof (cancels_spec _ _ bv Hcan) as E.
    rewrite !fsum_app, fsum_scaled, fsum_app in E. change (IZR (-1)) with (-1) in E.
    pose proof (squares_ge0_terms sqs bv Hsqp) as Hsq0.
    rewrite map_map, fsum_map, fsum_seq in E.
    rewrite (sum_ext J _ (fun j => IZR (Zpos factor) * (WU lf * WU lf * (DT * DT)) * inner_product (T j) bv ^ 2)) in E.
    2:{ intros j Hj. destruct (Ht j Hj) as [L1 E1]. destruct (Mrow (target j) bv L1) as [_ E2].
        unfold term_value. cbn [fst snd]. rewrite E2, E1. ring. }
    rewrite sum_scal in E.
    assert (E3 : fsum (term_value bv) (map (fun ar : Z * row => (bound * fst ar, (snd ar, snd ar))%Z)
        (combine (feature_weights lf) shared)) = IZR bound * (WU lf * inner_product bv bv)).
    { rewrite fsum_map, (fsum_nth _ _ (0%Z, [])). rewrite combine_length, F4, length_shared, Nat.min_id.
      unfold inner_product, metric. rewrite <- !sum_scal. apply sum_ext. intros l Hl.
      rewrite combine_nth by (rewrite length_shared; exact F4). unfold term_value. cbn [fst snd].
      rewrite mult_IZR. unfold rdot. rewrite (Hs l Hl). unfold om, omega, value, alpha. field. lra. }
    assert (E4 : fsum (term_value bv) (map (fun kr : Z * row => square (fst kr, metric_row P wit b lf (snd kr))) excess)
      = sum M0 (fun k => IZR (Zpos factor) * (WU lf * WU lf * (DT * DT)) * (kap k * inner_product (ys k) bv ^ 2))).
    { rewrite fsum_map, (fsum_nth _ _ (0%Z, [])). apply sum_ext. intros k Hk.
      destruct (Mrow (snd (nth k excess (0%Z, []))) bv (Hys k Hk)) as [_ E2].
      unfold term_value, square. cbn [fst snd]. rewrite E2. unfold kap, ys. field. split; lra. }
    rewrite E3, E4, sum_scal in E.
    assert (HK : 0 < IZR (Zpos factor) * (WU lf * WU lf * (DT * DT))) by (repeat apply Rmult_lt_0_compat; auto).
    apply (Rmult_le_reg_l (IZR (Zpos factor) * (WU lf * WU lf * (DT * DT)))); auto.
    rewrite Rmult_plus_distr_l.
    replace (IZR (Zpos factor) * (WU lf * WU lf * (DT * DT)) * (r * inner_product bv bv))
      with (IZR bound * (WU lf * inner_product bv bv)) by (unfold r; field; repeat split; lra).
    lra. }
  assert (Hval : r * INR count + sum M0 (fun k => kap k * inner_product (ys k) (ys k))
    <= sum J (fun j => inner_product (base j) (base j))).
  { apply IZR_le in Hnum. rewrite plus_IZR, !mult_IZR in Hnum. rewrite <- INR_IZR_INZ in Hnum.
    rewrite (zsum_map_sum _ _ (0%Z, [])), (zsum_map_sum _ _ []) in Hnum. fold M0 count nd in Hnum.
    assert (Lb : length bases = J) by (unfold bases; now rewrite map_length, seq_length). rewrite Lb in Hnum.
    rewrite (sum_ext M0 _ (fun k => IZR (Zpos factor) * (WU lf * (DT * DT)) * (kap k * inner_product (ys k) (ys k)))) in Hnum.
    2:{ intros k Hk. rewrite mult_IZR, (metric_row_self _ (Hys k Hk) F4 Hs). unfold kap, ys. field. split; lra. }
    rewrite (sum_ext J (fun k => IZR (zdot _ _)) (fun j => WU lf * (DV * DW * (DV * DW)) * inner_product (base j) (base j))) in Hnum.
    2:{ intros j Hj. rewrite (Ebase j Hj). destruct (base_row_spec Hf Hparts Hfollow j Hj) as [L1 E1]. fold pre in L1, E1.
        rewrite (metric_row_self _ L1 F4 Hs). unfold inner_product.
        rewrite (metric_ext2 L R0 om alpha _ (fun e => (DV * DW) * base j e + 0 * base j e))
          by (intros e He; rewrite (E1 e He); ring).
        rewrite metric_square. ring. }
    rewrite !sum_scal in Hnum.
    apply (Rmult_le_reg_l (IZR (Zpos factor) * (WU lf * (DT * DT)))); auto. rewrite Rmult_plus_distr_l.
    replace (IZR (Zpos factor) * (WU lf * (DT * DT)) * (r * INR count)) with (IZR bound * INR count)
      by (unfold r; field; repeat split; lra).
    eapply Rle_trans; [exact Hnum|]. right. unfold DT. ring. }
  apply (exact_leaf p scale_pos P0 near_cell L y nb db b om F5 F6 F2
    (outside_sound S P D M wit Hok Hm facts b lf Hf) (gain S P D lf) rank_lam (fun _ _ => 0)); auto.
  - intros i Q Hi _ HQ. now apply (cost_here S P D M wit near_cell facts).
  - intros; lra.
  - intros i Hi Hb. assert (Hh : In i here) by (now apply (here_spec P wit b lf)).
    pose proof Hparts as Hpi. rewrite forallb_forall in Hpi. specialize (Hpi i Hh).
    destruct (part_at i) as [|v psis stps|kind v ts psis stps] eqn:E.
    + unfold part_ok in Hpi. rewrite E in Hpi. discriminate.
    + pose proof (relaxed_sound S P D M wit Hok Hm near_cell dec facts Hcell lf F1 true i v psis stps Hi E Hpi) as R.
      destruct R as (C & HC & R). exists C. split; auto. intros eps Q He HQ Hn.
      destruct (R eps Q He HQ Hn) as [R1 R2]. unfold gain, rank_lam. rewrite E. split; [exact R1 | exact R2].
    + assert (Hie : In i examined).
      { unfold examined_here. apply filter_In. split; [exact Hh|]. now rewrite E. }
      destruct (EF i Hie) as (_ & _ & _ & _ & _ & _ & _ & _ & R).
      destruct R as (C & HC & R). exists C. split; auto. intros eps Q He HQ Hn.
      destruct (R eps Q He HQ Hn) as [R1 R2]. split; [exact R1|]. intros l j Hl Hj.
      rewrite rank_lam_examined by exact Hie. now apply R2.
  - assert (HB : forall n, (n <= count)%nat -> exists C, 0 <= C /\ forall eps Q l j, 0 < eps <= 1 -> near p eps P0 Q ->
      (l < L)%nat -> (j < J)%nat -> Rabs (sum n (fun a => rank_lam (who a) l j Q)) <= C * eps).
    { induction n as [|n IH]; intros Hn.
      - exists 0. split; [lra|]. intros. simpl. rewrite Rabs_R0. lra.
      - destruct IH as (C & HC & A); [lia|].
        destruct (lam_near Hf Hparts Hfollow (who n) (who_in n ltac:(lia))) as (C' & HC' & B).
        exists (C + C'). split; [lra|]. intros eps Q l j He Hq Hl Hj. simpl.
        eapply Rle_trans; [apply Rabs_triang|]. specialize (A eps Q l j He Hq Hl Hj).
        specialize (B eps Q l j He Hq Hl Hj). rewrite rank_lam_examined by (apply who_in; lia). lra. }
    destruct (HB count (le_n _)) as (C & HC & B). exists C. split; auto.
    intros eps Q He HQ Hn. split.
    2:{ intros l j Hl Hj. rewrite examined_sum; [now apply (B eps Q l j)|].
        intros i _ H. unfold rank_lam. destruct (part_at i) as [| |k v ts ps ss] eqn:E; auto. exfalso. eapply H. reflexivity. }
    rewrite (total_gain Hf Hparts Hfollow).
    rewrite (sum_ext J (fun j => sum R0 _) (fun j => DE * q0 * inner_product (nrm j) (combined_after Q j)))
      by (intros j Hj; apply (Epsi j (combined_after Q j) Hj)).
    assert (Esq : squares L J (weights p om) (fun l j => block_sum P0 nb b (fun i => rank_lam i l j Q))
      = scale p * (q0 * q0) * sum J (fun j => let u := fun e => 1 * combined_after Q j e + -1 * base j e in inner_product u u)).
    { unfold squares. rewrite (sum_ext L _ (fun l => sum J (fun j => scale p * (q0 * q0)
        * (om l * value R0 alpha l (fun e => 1 * combined_after Q j e + -1 * base j e)
           * value R0 alpha l (fun e => 1 * combined_after Q j e + -1 * base j e))))).
      - rewrite sum_swap, <- sum_scal. apply sum_ext. intros j _. rewrite sum_scal. reflexivity.
      - intros l Hl. rewrite <- sum_scal. apply sum_ext. intros j _.
        rewrite (total_lam Hf Hparts Hfollow) by exact Hl. unfold weights. ring. }
    rewrite Esq. cbv zeta.
    pose proof (rank_bound L R0 om alpha F5 J M0 kap r Hkap Hr count (gj Q) (Vq Q) T ys Hmain) as RB.
    fold inner_product in RB.
    assert (Ed : distance L R0 om alpha J count (gj Q) (Vq Q) T
      = sum J (fun j => inner_product (fun e => 1 * combined_after Q j e + -1 * base j e)
            (fun e => 1 * combined_after Q j e + -1 * base j e))
        + 2 * sum J (fun j => inner_product (nrm j) (combined_after Q j))
        + sum J (fun j => inner_product (T j) (T j)) - sum J (fun j => inner_product (base j) (base j))).
    { unfold distance. rewrite <- sum_scal, <- !sum_plus, <- sum_minus. apply sum_ext. intros j _. cbv zeta.
      unfold inner_product. rewrite (metric_ext2 L R0 om alpha (fun a => combination count (gj Q j) (Vq Q) a - T j a)
        (fun e => 1 * combined_after Q j e + -1 * T j e)) by (intros; unfold combined_after; ring).
      rewrite !metric_square.
      assert (ET : metric L R0 om alpha (combined_after Q j) (T j)
        = metric L R0 om alpha (combined_after Q j) (base j) - metric L R0 om alpha (nrm j) (combined_after Q j)).
      { rewrite metric_sym. unfold T. rewrite metric_combine, (metric_sym L R0 om alpha (base j)). ring. }
      change (fun e => combined_after Q j e) with (combined_after Q j).
      change (fun e => base j e) with (base j). change (fun e => T j e) with (T j).
      rewrite ET. ring. }
    rewrite Ed in RB. unfold unit_E. fold p. pose proof scale_pos as Hsp. fold p in Hsp. rewrite sum_scal.
    set (A1 := sum J (fun j => inner_product (fun e => 1 * combined_after Q j e + -1 * base j e)
            (fun e => 1 * combined_after Q j e + -1 * base j e))) in *.
    set (A2 := sum J (fun j => inner_product (nrm j) (combined_after Q j))) in *.
    assert (Ef : 2 * scale p / (DE * DS * DX) * / U * (DE * q0 * A2) = scale p * (q0 * q0) * (2 * A2)).
    { unfold q0. field. repeat split; lra. }
    rewrite Ef, <- Rmult_plus_distr_l. apply Rmult_le_pos.
    + pose proof q0_pos. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
    + lra.
Qed.
End Rank.

(** ** The tree of sides *)
Section Tree.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging) (wit : blocks_witness).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (Prepare.m P). Notation d := (d S).
Hypothesis facts : forall i, (i < m)%nat -> neuron_facts S P D M wit i.
Variable b : nat.
Notation nb := (block_of wit). Notation db := (data_block wit).

Lemma leaf_sound Z dec lf : on_cell S P M Z dec -> (forall Q, Z Q -> in_gauge p P0 (gauge_vectors wit) Q) ->
  leaf_ok S P D M pre wit b dec lf = true -> nonnegative_near p P0 Z nb db b.
Proof.
  intros Hcell Hgauge H. unfold leaf_ok in H.
  destruct (leaf_criterion lf) as [|factor products sqs gap|factor den normals bound excess sqs].
  - apply andb_prop in H as [H Hrel]. apply andb_prop in H as [Hf Hparts].
    assert (E : length (features lf) = 0%nat) by (destruct (features lf); [reflexivity | discriminate]).
    rewrite forallb_forall in Hparts, Hrel.
    apply (exact_leaf p (scale_pos S P D Hok) P0 Z (length (features lf))
      (fun l k => zvec (nth l (features lf) []) k) nb db b (fun _ => 0)) with
      (G := fun _ _ => 0) (lambda := fun _ _ _ _ => 0) (zeta := fun _ _ => 0).
    + intros; lra.
    + intros u. rewrite E. simpl. apply sum_ge0. intros. unfold in_block.
      destruct (Nat.eqb _ _); [apply pow2_ge_0 | lra].
    + intros; lia.
    + intros; lia.
    + intros i Q Hi _ HQ. now apply (cost_here S P D M wit Z facts).
    + intros; lra.
    + intros i Hi Hb. assert (Hh : In i (here P wit b)) by (now apply (here_spec P wit b lf)).
      specialize (Hparts i Hh). specialize (Hrel i Hh).
      destruct (part_at lf i) as [|v psis stps|] eqn:Ep; try discriminate.
      apply (relaxed_sound S P D M wit Hok Hm Z dec facts Hcell lf) with (rank := false) (v := v) (psis := psis) (stps := stps);
        auto. intros; lia.
    + auto.
    + exists 0. split; [lra|]. intros. split; [|intros; lia]. unfold block_sum, squares. rewrite E. simpl.
      rewrite sum_zero; [lra|]. intros. unfold in_block. destruct (Nat.eqb _ _); auto.
  - repeat rewrite andb_true_iff in H. destruct H as [[Hf Hparts] H].
    destruct (features_sound S wit b lf Hf) as (F1 & _).
    now apply (definite_sound S P D M wit Hok Hm Z dec facts Hcell Hgauge b lf F1 factor products sqs gap).
  - repeat rewrite andb_true_iff in H. destruct H as [[Hf Hparts] H].
    now apply (rank_sound S P D M wit Hok Hm Z dec facts Hcell Hgauge b lf) in H.
Qed.

Lemma sides_decide dec i q above i' : sides_of (decide dec i q above) i'
  = if Nat.eqb i' i then (q, above) :: sides_of dec i else sides_of dec i'.
Proof. reflexivity. Qed.
Lemma on_cell_decide (Z Z' : network -> Prop) dec i q above : on_cell S P M Z dec -> (forall Q, Z' Q -> Z Q) ->
  (i < m)%nat -> on_the_kink S M pre i q = true ->
  at_least p P0 Z' i (fun Q => rdot (signed above (class_direction M q)) (moved P0 Q i)) ->
  on_cell S P M Z' (decide dec i q above).
Proof.
  intros H Hsub Hi Hk Ha i' q' s Hi' Hs. rewrite sides_decide in Hs.
  assert (Old : side_of (sides_of dec i') q' = Some s -> length (class_direction M q') = d
    /\ rdot (class_direction M q') (w P0 i') = 0
    /\ at_least p P0 Z' i' (fun Q => rdot (signed s (class_direction M q')) (moved P0 Q i'))).
  { intros E. destruct (H i' q' s Hi' E) as (A & B & C & HC & F). split; [exact A|]. split; [exact B|].
    exists C. split; auto. }
  destruct (Nat.eqb_spec i' i) as [->|]; [|now apply Old].
  unfold side_of in Hs. simpl in Hs. destruct (Nat.eqb_spec q' q) as [->|].
  - injection Hs as <-. destruct (kink_zero S P D M Hok i q Hi Hk) as [A B]. split; [exact A|]. split; [exact B|]. exact Ha.
  - now apply Old.
Qed.

Theorem cells_sound t : forall Z dec, on_cell S P M Z dec -> (forall Q, Z Q -> in_gauge p P0 (gauge_vectors wit) Q) ->
  cells_ok S P D M pre wit b dec t = true -> nonnegative_near p P0 Z nb db b.
Proof.
  induction t as [lf|i q t1 IH1 t2 IH2|i q above factor from held_ones rest IH]; intros Z dec Hcell Hgauge H; simpl in H.
  - now apply (leaf_sound Z dec lf).
  - repeat rewrite andb_true_iff in H. destruct H as [[[[_ Hi] Hk] H1] H2]. apply Nat.ltb_lt in Hi.
    assert (Hc : forall Q, 0 <= cost p P0 Q i) by (intros; apply (facts i Hi)).
    set (Z1 := fun Q => Z Q /\ 0 <= rdot (class_direction M q) (moved P0 Q i)).
    set (Z2 := fun Q => Z Q /\ rdot (class_direction M q) (moved P0 Q i) <= 0).
    destruct (IH1 Z1 (decide dec i q true)) as (e1 & He1 & A1); auto.
    { apply (on_cell_decide Z Z1); auto; [now intros Q [HQ _]|].
      exists 0. split; [lra|]. intros Q [_ HQ]. simpl. lra. }
    { intros Q [HQ _]. now apply Hgauge. }
    destruct (IH2 Z2 (decide dec i q false)) as (e2 & He2 & A2); auto.
    { apply (on_cell_decide Z Z2); auto; [now intros Q [HQ _]|].
      exists 0. split; [lra|]. intros Q [_ HQ]. rewrite rdot_signed. lra. }
    { intros Q [HQ _]. now apply Hgauge. }
    exists (Rmin e1 e2). split; [now apply Rmin_glb_lt|]. intros Q HQ Hn.
    destruct (Rle_dec 0 (rdot (class_direction M q) (moved P0 Q i))) as [Hs|Hs].
    + apply A1; [split; auto|]. apply (near_smaller p P0 (Rmin e1 e2)); auto. apply Rmin_l.
    + apply A2; [split; auto; lra|]. apply (near_smaller p P0 (Rmin e1 e2)); auto. apply Rmin_r.
  - repeat rewrite andb_true_iff in H. destruct H as [[[[_ Hi] Hk] Hs] H]. apply Nat.ltb_lt in Hi.
    apply (IH Z (decide dec i q above)); auto. apply (on_cell_decide Z Z); auto.
    apply (follows_at_least S P D M wit Z dec facts Hcell i Hi factor _ from held_ones Hs).
Qed.
End Tree.

Theorem check_minimum_by_blocks_sound S P D M wit :
  check_minimum_by_blocks S P D M wit = true -> is_a_local_minimum S P.
Proof.
  intros H. apply with_derivatives_parts in H as (Hok & Hm & H). unfold blocks_ok in H.
  apply andb_prop in H as [Hb Hc]. apply (balanced_sound S P D M Hok Hm) in Hb as [Hbal Hn].
  set (p := problem_of S). set (P0 := network_of S P).
  assert (facts : forall i, (i < Prepare.m P)%nat -> neuron_facts S P D M wit i).
  { intros i Hi. apply (neuron_sound S P D M wit Hok Hm i Hi). now apply Hn. }
  set (count := length (block_cells wit)).
  change (local_minimum p P0). apply (gauge_minimum p P0 (gauge_vectors wit)).
  set (Z := in_gauge p P0 (gauge_vectors wit)).
  destruct (finite_radius count (fun b e => forall Q, Z Q -> near p e P0 Q ->
    0 <= block_change p P0 (block_of wit) (data_block wit) Q b)) as (e & He & A).
  { intros b e e' B Hlt Q HQ Hnear. apply B; auto. apply (near_smaller p P0 e'); auto. lra. }
  { intros b Hlt. rewrite forallb_forall in Hc.
    specialize (Hc (b, nth b (block_cells wit) (Split 0 0 (Leaf_of (MakeLeaf [] 1 [] [] 1 NoEscape)) (Leaf_of (MakeLeaf [] 1 [] [] 1 NoEscape))))).
    apply (cells_sound S P D M wit Hok Hm facts b (nth b (block_cells wit)
      (Split 0 0 (Leaf_of (MakeLeaf [] 1 [] [] 1 NoEscape)) (Leaf_of (MakeLeaf [] 1 [] [] 1 NoEscape)))) Z []); auto.
    - intros i q s _ E. discriminate.
    - apply Hc. fold count.
      replace b with (nth b (seq 0 count) 0%nat) at 1 by (rewrite seq_nth; auto).
      rewrite <- combine_nth by (now rewrite seq_length). apply nth_In.
      rewrite combine_length, seq_length. unfold count. lia. }
  destruct (keeps_signs_near p P0) as (e1 & He1 & Hk).
  exists (Rmin e e1). split; [now apply Rmin_glb_lt|]. intros Q Hnear HQ.
  pose proof (Rmin_l e e1). pose proof (Rmin_r e e1).
  apply (blocks_minimum p (scale_positive S P D Hok) P0 Hbal count (block_of wit) (data_block wit)).
  - intros i Hi. now apply facts.
  - apply Hk. apply (near_smaller p P0 (Rmin e e1)); auto.
  - intros b Hlt. apply A; auto. apply (near_smaller p P0 (Rmin e e1)); auto.
Qed.
Theorem check_spurious_by_blocks_sound S P D M wit value better D' better_value :
  check_spurious_by_blocks S P D M wit value better D' better_value = true ->
  is_a_spurious_local_minimum S P value better better_value.
Proof.
  intros H. apply andb_prop in H as [H1 H2]. split; [now apply check_minimum_by_blocks_sound in H1|].
  now apply check_better_sound in H2.
Qed.
