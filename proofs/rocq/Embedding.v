(** Embedding a network into wider ones: replication of neurons, inactive units, and units with
    output weight zero (inactive propagation). *)
From Coq Require Import Reals Lra Lia Psatz Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum.
Local Open Scope R_scope.

Section Embedding.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation dot := (dot p). Notation rho := (rho p). Notation drho := (drho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p). Notation psi := (psi p). Notation phi := (phi p).

(** Networks with equal predictions have equal loss, residuals and dual function. *)
Lemma equal_predictions P Q : (forall k j, (k < N)%nat -> (j < J)%nat -> prediction Q k j = prediction P k j) ->
  loss Q = loss P
  /\ (forall u j, (j < J)%nat -> dual p Q u j = dual p P u j)
  /\ (forall j, (j < J)%nat -> bias_gradient p Q j = bias_gradient p P j).
Proof.
  intros H. assert (Hr : forall k j, (k < N)%nat -> (j < J)%nat -> residual Q k j = residual P k j)
    by (intros; unfold Definitions.residual; now rewrite H).
  split; [|split].
  - unfold Definitions.loss. f_equal. apply sum_ext. intros k Hk. apply sum_ext. intros j Hj.
    now rewrite Hr.
  - intros u j Hj. unfold dual. f_equal. apply sum_ext. intros k Hk. now rewrite Hr.
  - intros j Hj. unfold bias_gradient. destruct (has_output_bias p); auto. f_equal.
    apply sum_ext. intros k Hk. now rewrite Hr.
Qed.
(** ... and a neuron whose input weight has the signs of u has the one-sided derivatives of u. *)
Lemma equal_psi P Q i l : (forall k j, (k < N)%nat -> (j < J)%nat -> prediction Q k j = prediction P k j) ->
  (forall k v, (k < N)%nat -> drho (dot (w Q l) (x k)) v = drho (dot (w P i) (x k)) v) ->
  forall v j, (j < J)%nat -> psi Q l v j = psi P i v j.
Proof.
  intros H Hd v j Hj. unfold Definitions.psi. f_equal. apply sum_ext. intros k Hk.
  unfold Definitions.residual. now rewrite H, Hd.
Qed.
Lemma drho_positive beta t s : 0 < beta -> drho (beta * t) s = drho t s.
Proof.
  intros Hb. unfold Definitions.drho.
  destruct (Rlt_dec 0 (beta * t)), (Rlt_dec 0 t), (Rlt_dec (beta * t) 0), (Rlt_dec t 0);
    auto; exfalso; nra.
Qed.

(** ** Replication *)
(** Neuron l of Q is beta_l > 0 times the input weight and gamma_l times the output weight of
    neuron (parent l) of P, and the products beta_l gamma_l of every family add up to one. *)
Record replicates (P Q : network) (parent : nat -> nat) (beta gamma : nat -> R) : Prop := {
  parents : forall l, (l < width Q)%nat -> (parent l < width P)%nat;
  scales : forall l, (l < width Q)%nat -> 0 < beta l;
  copies_w : forall l a, (l < width Q)%nat -> (a < d)%nat -> w Q l a = beta l * w P (parent l) a;
  copies_h : forall l j, (l < width Q)%nat -> (j < J)%nat -> h Q l j = gamma l * h P (parent l) j;
  copies_c : forall j, (j < J)%nat -> c Q j = c P j;
  partition : forall i, (i < width P)%nat ->
    sum (width Q) (fun l => if Nat.eqb (parent l) i then beta l * gamma l else 0) = 1 }.

Section Replication.
Variables (P Q : network) (parent : nat -> nat) (beta gamma : nat -> R).
Hypothesis HR : replicates P Q parent beta gamma.

Lemma replication_dot l k : (l < width Q)%nat ->
  dot (w Q l) (x k) = beta l * dot (w P (parent l)) (x k).
Proof.
  intros Hl. rewrite <- dot_scal. apply dot_ext. intros a Ha. now apply (copies_w _ _ _ _ _ HR).
Qed.

Theorem replication_prediction k j : (j < J)%nat -> prediction Q k j = prediction P k j.
Proof.
  intros Hj. unfold Definitions.prediction. f_equal.
  { destruct (has_output_bias p); auto. now apply (copies_c _ _ _ _ _ HR). }
  transitivity (sum (width Q) (fun l => sum (width P) (fun i =>
    (if Nat.eqb (parent l) i then beta l * gamma l else 0) * (h P i j * rho (dot (w P i) (x k)))))).
  - apply sum_ext. intros l Hl. rewrite (sum_single _ _ (parent l)).
    + rewrite Nat.eqb_refl, (copies_h _ _ _ _ _ HR l j Hl Hj), replication_dot by auto.
      rewrite rho_scal by (left; now apply (scales _ _ _ _ _ HR)). ring.
    + now apply (parents _ _ _ _ _ HR).
    + intros i _ Hne. destruct (Nat.eqb_spec (parent l) i); [congruence | ring].
  - rewrite sum_swap. apply sum_ext. intros i Hi. rewrite sum_scal_r, (partition _ _ _ _ _ HR i Hi). ring.
Qed.

Theorem replication_loss : loss Q = loss P.
Proof. apply equal_predictions. intros. now apply replication_prediction. Qed.

Theorem replication_psi l v j : (l < width Q)%nat -> (j < J)%nat -> psi Q l v j = psi P (parent l) v j.
Proof.
  intros Hl Hj. apply equal_psi; auto.
  - intros. now apply replication_prediction.
  - intros k s _. rewrite replication_dot by auto. apply drho_positive. now apply (scales _ _ _ _ _ HR).
Qed.
Lemma replication_phi l v : (l < width Q)%nat -> phi Q l v = gamma l * phi P (parent l) v.
Proof.
  intros Hl. unfold Definitions.phi. rewrite <- inner_scal. unfold Definitions.inner.
  apply sum_ext. intros j Hj. rewrite (copies_h _ _ _ _ _ HR) by auto. now rewrite replication_psi.
Qed.

Lemma replication_balanced : balanced p P -> balanced p Q.
Proof.
  intros [H1 H2]. destruct (equal_predictions P Q) as (_ & Hd & Hb).
  { intros. now apply replication_prediction. }
  split.
  - intros l j Hl Hj. rewrite Hd by auto.
    assert (E : dual p P (w Q l) j = beta l * dual p P (w P (parent l)) j).
    { unfold dual. rewrite <- !sum_scal. apply sum_ext. intros k _. rewrite replication_dot by auto.
      rewrite rho_scal by (left; now apply (scales _ _ _ _ _ HR)). ring. }
    rewrite E, H1; auto; [ring | now apply (parents _ _ _ _ _ HR)].
  - intros j Hj. rewrite Hb by auto. now apply H2.
Qed.

(** Stationarity is kept if and only if no copy with negative gamma has phi not identically zero. *)
Theorem replication_stationary : directionally_stationary p P ->
  (directionally_stationary p Q <->
   forall l, (l < width Q)%nat -> 0 <= gamma l \/ forall v, phi P (parent l) v = 0).
Proof.
  intros HP. apply directionally_stationary_iff in HP as [Hb Hp].
  rewrite directionally_stationary_iff. split.
  - intros [_ Hq] l Hl. destruct (Rle_dec 0 (gamma l)) as [|Hn]; auto. right. intros v.
    specialize (Hq l v Hl). rewrite replication_phi in Hq by auto.
    specialize (Hp (parent l) v (parents _ _ _ _ _ HR l Hl)). nra.
  - intros H. split; [now apply replication_balanced|]. intros l v Hl. rewrite replication_phi by auto.
    specialize (Hp (parent l) v (parents _ _ _ _ _ HR l Hl)).
    destruct (H l Hl) as [Hg|Hz]; [now apply Rmult_le_pos | rewrite Hz; lra].
Qed.

Lemma replication_safe l delta : (l < width Q)%nat -> 0 < gamma l ->
  safe p P (parent l) (Some delta) -> safe p Q l (Some (gamma l * delta)).
Proof.
  intros Hl Hg H v j Hj. destruct (H v j Hj) as [A B]. rewrite inner_corner in A, B by auto.
  rewrite !inner_corner by auto. fold (phi Q l v). rewrite replication_phi, replication_psi by auto.
  fold (phi P (parent l) v) in A, B.
  split.
  - replace (_ + _) with (gamma l * (phi P (parent l) v + delta * psi P (parent l) v j)) by ring.
    apply Rmult_le_pos; lra.
  - replace (_ + _) with (gamma l * (phi P (parent l) v + - delta * psi P (parent l) v j)) by ring.
    apply Rmult_le_pos; lra.
Qed.
Lemma replication_vanishes l : (l < width Q)%nat -> safe p P (parent l) None -> safe p Q l None.
Proof. intros Hl H v j Hj. rewrite replication_psi by auto. now apply H. Qed.

(** Type-1 minima are kept if every copy has gamma > 0 or comes from a neuron with psi = 0. *)
Theorem replication_minimum : balanced p P ->
  (forall i, (i < width P)%nat -> safe p P i None \/ exists delta, 0 < delta /\ safe p P i (Some delta)) ->
  (forall l, (l < width Q)%nat -> 0 < gamma l \/ safe p P (parent l) None) ->
  local_minimum p Q.
Proof.
  intros Hb Hs Hg. apply (safe_local_minimum p scale_pos Q (replication_balanced Hb)).
  intros l Hl. destruct (Hg l Hl) as [Hp|Hz]; [|left; now apply replication_vanishes].
  destruct (Hs (parent l) (parents _ _ _ _ _ HR l Hl)) as [Hz|(delta & Hd & H)].
  - left. now apply replication_vanishes.
  - right. exists (gamma l * delta). split; [now apply Rmult_lt_0_compat | now apply replication_safe].
Qed.

(** One output: a local minimum stays one under replication with positive gamma. *)
Corollary replication_minimum_one_output : J = 1%nat -> local_minimum p P ->
  (forall l, (l < width Q)%nat -> 0 < gamma l) -> local_minimum p Q.
Proof.
  intros HJ HP Hg. apply (local_minimum_iff p scale_pos P HJ) in HP as [HP Hz].
  apply (local_minimum_iff p scale_pos Q HJ). split.
  - apply (replication_stationary HP). intros l Hl. left. left. auto.
  - intros l v Hl. rewrite replication_phi by auto. intros E. rewrite replication_psi by (auto; lia).
    apply Hz; [now apply (parents _ _ _ _ _ HR)|]. specialize (Hg l Hl).
    apply (Rmult_eq_reg_l (gamma l)); lra.
Qed.
(** A copy with gamma = 0 of a neuron with psi not zero: stationary, but no local minimum. *)
Theorem replication_zero_copy l v j : balanced p P -> (l < width Q)%nat -> (j < J)%nat ->
  gamma l = 0 -> psi P (parent l) v j <> 0 -> ~ local_minimum p Q.
Proof.
  intros Hb Hl Hj Hg Hne. apply (zero_output_escape p scale_pos Q l v j Hl Hj).
  - intros j' Hj'. rewrite (copies_h _ _ _ _ _ HR), Hg by auto. ring.
  - now apply (replication_balanced Hb).
  - now rewrite replication_psi.
Qed.
End Replication.

(** ** One more neuron *)
Definition add_neuron (P : network) (u g : vector) : network :=
  Network (S (width P)) (fun i => if Nat.eqb i (width P) then u else w P i)
          (fun i => if Nat.eqb i (width P) then g else h P i) (c P).
Definition drop_neuron (m : nat) (Q : network) : network := Network m (w Q) (h Q) (c Q).

Lemma add_neuron_prediction P u g k j :
  prediction (add_neuron P u g) k j = prediction P k j + g j * rho (dot u (x k)).
Proof.
  unfold Definitions.prediction, add_neuron. simpl. rewrite Nat.eqb_refl.
  rewrite (sum_ext (width P) _ (fun i => h P i j * rho (dot (w P i) (x k)))); [ring|].
  intros i Hi. destruct (Nat.eqb_spec i (width P)); [lia | reflexivity].
Qed.

(** *** Inactive units: slope_minus = 0 and u . x_k < 0 for all data; any output weight. *)
Section Inactive.
Variables (P : network) (u g : vector).
Hypothesis no_leak : slope_minus p = 0.
Hypothesis inactive : forall k, (k < N)%nat -> dot u (x k) < 0.

Lemma rho_inactive t : t <= 0 -> rho t = 0.
Proof. intros Ht. unfold Definitions.rho. destruct (Rlt_dec 0 t); [lra|]. rewrite no_leak. ring. Qed.

Theorem inactive_loss : loss (add_neuron P u g) = loss P.
Proof.
  apply equal_predictions. intros k j Hk _. rewrite add_neuron_prediction, rho_inactive; [ring|].
  left. now apply inactive.
Qed.

(** Near the wider network the unit stays inactive, so the two landscapes agree there. *)
Theorem inactive_minimum : local_minimum p P <-> local_minimum p (add_neuron P u g).
Proof.
  set (R0 := add_neuron P u g). split.
  - intros (e & He & H). destruct (keeps_signs_near p R0) as (e1 & He1 & Hs).
    exists (Rmin e e1). split; [now apply Rmin_glb_lt|]. intros Q HQ.
    pose proof (Rmin_l e e1). pose proof (Rmin_r e e1). destruct HQ as (A & B & C & E).
    assert (Hsigns : keeps_signs p R0 Q).
    { apply Hs. split; [exact A|]. split; [|split]; intros; (eapply Rlt_le_trans; [|eassumption]); auto. }
    assert (HQ : loss Q = loss (drop_neuron (width P) Q)).
    { symmetry. apply equal_predictions. intros k j Hk Hj. unfold Definitions.prediction. simpl. rewrite A.
      simpl. destruct Hsigns as [_ Hsigns]. specialize (Hsigns (width P) k ltac:(simpl; lia) Hk).
      simpl in Hsigns. rewrite Nat.eqb_refl in Hsigns. destruct Hsigns as [_ Hneg].
      rewrite (rho_inactive (dot (w Q (width P)) (x k))); [ring|]. apply Hneg. now apply inactive. }
    rewrite HQ. unfold R0. rewrite inactive_loss. apply H. split; [reflexivity|].
    split; [|split].
    + intros i a Hi Ha. specialize (B i a ltac:(simpl; lia) Ha). simpl in B.
      destruct (Nat.eqb_spec i (width P)); [lia|]. simpl. lra.
    + intros i j Hi Hj. specialize (C i j ltac:(simpl; lia) Hj). simpl in C.
      destruct (Nat.eqb_spec i (width P)); [lia|]. simpl. lra.
    + intros j Hj. specialize (E j Hj). simpl in *. lra.
  - intros (e & He & H). exists e. split; auto. intros Q (A & B & C & E).
    specialize (H (add_neuron Q u g)). unfold R0 in H. rewrite inactive_loss in H.
    assert (EQ : loss (add_neuron Q u g) = loss Q).
    { apply equal_predictions. intros k j Hk _. rewrite add_neuron_prediction, rho_inactive; [ring|].
      left. now apply inactive. }
    rewrite EQ in H. apply H. split; [simpl; lia|].
    split; [|split].
    + intros i a Hi Ha. simpl in *. rewrite A. destruct (Nat.eqb_spec i (width P)).
      * rewrite Rminus_eq_0, Rabs_R0. exact He.
      * apply B; auto. lia.
    + intros i j Hi Hj. simpl in *. rewrite A. destruct (Nat.eqb_spec i (width P)).
      * rewrite Rminus_eq_0, Rabs_R0. exact He.
      * apply C; auto. lia.
    + exact E.
Qed.

Theorem inactive_stationary :
  directionally_stationary p P <-> directionally_stationary p (add_neuron P u g).
Proof.
  set (R0 := add_neuron P u g).
  assert (Hpred : forall k j, (k < N)%nat -> (j < J)%nat -> prediction R0 k j = prediction P k j).
  { intros k j Hk _. unfold R0. rewrite add_neuron_prediction, rho_inactive; [ring|]. left. now apply inactive. }
  destruct (equal_predictions P R0 Hpred) as (_ & Hd & Hb).
  assert (Hold : forall i, (i < width P)%nat -> w R0 i = w P i /\ h R0 i = h P i).
  { intros i Hi. simpl. destruct (Nat.eqb_spec i (width P)); [lia | auto]. }
  assert (Hphi : forall i v, (i < width P)%nat -> phi R0 i v = phi P i v).
  { intros i v Hi. destruct (Hold i Hi) as [E1 E2]. unfold Definitions.phi. rewrite E2.
    apply inner_ext_r. intros j Hj. apply equal_psi; auto. intros. now rewrite E1. }
  assert (Hpsi : forall v j, (j < J)%nat -> psi R0 (width P) v j = 0).
  { intros v j Hj. unfold Definitions.psi. rewrite sum_zero; [ring|]. intros k Hk. simpl.
    rewrite Nat.eqb_refl. unfold Definitions.drho. specialize (inactive k Hk).
    destruct (Rlt_dec 0 (dot u (x k))); [lra|]. destruct (Rlt_dec (dot u (x k)) 0); [|lra].
    rewrite no_leak. ring. }
  rewrite !directionally_stationary_iff. split.
  - intros [[H1 H2] H3]. split; [split|].
    + intros i j Hi Hj. simpl width in Hi. destruct (Nat.eq_dec i (width P)) as [->|Hne].
      * rewrite Hd by auto. simpl. rewrite Nat.eqb_refl. unfold dual. rewrite sum_zero; [ring|].
        intros k Hk. rewrite rho_inactive; [ring|]. left. now apply inactive.
      * destruct (Hold i ltac:(lia)) as [-> _]. rewrite Hd by auto. apply H1; auto. lia.
    + intros j Hj. rewrite Hb by auto. auto.
    + intros i v Hi. simpl width in Hi. destruct (Nat.eq_dec i (width P)) as [->|Hne].
      * unfold Definitions.phi. rewrite inner_0_r; [lra|]. intros j Hj. now apply Hpsi.
      * rewrite Hphi by lia. apply H3. lia.
  - intros [[H1 H2] H3]. split; [split|].
    + intros i j Hi Hj. specialize (H1 i j ltac:(simpl; lia) Hj). destruct (Hold i Hi) as [E _].
      rewrite E, Hd in H1 by auto. exact H1.
    + intros j Hj. specialize (H2 j Hj). now rewrite Hb in H2.
    + intros i v Hi. specialize (H3 i v ltac:(simpl; lia)). now rewrite Hphi in H3.
Qed.
End Inactive.

(** *** Inactive propagation: output weight zero. *)
Section Silent.
Variables (P : network) (u : vector).
Let Q := add_neuron P u (fun _ => 0).

Lemma silent_prediction k j : prediction Q k j = prediction P k j.
Proof. unfold Q. rewrite add_neuron_prediction. ring. Qed.
Theorem silent_loss : loss Q = loss P.
Proof. apply equal_predictions. intros. apply silent_prediction. Qed.

Lemma silent_old i : (i < width P)%nat -> w Q i = w P i /\ h Q i = h P i.
Proof. intros Hi. simpl. destruct (Nat.eqb_spec i (width P)); [lia | auto]. Qed.
Lemma silent_new : w Q (width P) = u /\ h Q (width P) = fun _ => 0.
Proof. simpl. rewrite Nat.eqb_refl. auto. Qed.
Lemma silent_psi i v j : (i < width P)%nat -> (j < J)%nat -> psi Q i v j = psi P i v j.
Proof.
  intros Hi Hj. apply equal_psi; auto; [intros; apply silent_prediction|].
  intros. now destruct (silent_old i Hi) as [-> _].
Qed.

Lemma silent_balanced : balanced p Q <-> balanced p P /\ forall j, (j < J)%nat -> dual p P u j = 0.
Proof.
  destruct (equal_predictions P Q (fun k j _ _ => silent_prediction k j)) as (_ & Hd & Hb).
  destruct silent_new as [Eu _]. split.
  - intros [H1 H2]. split; [split|].
    + intros i j Hi Hj. specialize (H1 i j ltac:(simpl; lia) Hj). destruct (silent_old i Hi) as [E _].
      rewrite E, Hd in H1 by auto. exact H1.
    + intros j Hj. specialize (H2 j Hj). now rewrite Hb in H2.
    + intros j Hj. specialize (H1 (width P) j ltac:(simpl; lia) Hj). now rewrite Eu, Hd in H1.
  - intros [[H1 H2] H3]. split.
    + intros i j Hi Hj. simpl width in Hi. destruct (Nat.eq_dec i (width P)) as [->|Hne].
      * rewrite Eu, Hd by auto. now apply H3.
      * destruct (silent_old i ltac:(lia)) as [-> _]. rewrite Hd by auto. apply H1; auto. lia.
    + intros j Hj. rewrite Hb by auto. auto.
Qed.

(** Stationary if and only if the parent is and the dual function vanishes at u. *)
Theorem silent_stationary : directionally_stationary p Q <->
  directionally_stationary p P /\ forall j, (j < J)%nat -> dual p P u j = 0.
Proof.
  rewrite !directionally_stationary_iff, silent_balanced.
  assert (Hphi : forall i v, (i < width P)%nat -> phi Q i v = phi P i v).
  { intros i v Hi. unfold Definitions.phi. destruct (silent_old i Hi) as [_ ->].
    apply inner_ext_r. intros j Hj. now apply silent_psi. }
  split.
  - intros [[H1 H2] H3]. repeat split; try apply H1; auto. intros i v Hi. rewrite <- Hphi by auto.
    apply H3. simpl; lia.
  - intros [[H1 H3] H2]. split; auto. intros i v Hi. simpl width in Hi.
    destruct (Nat.eq_dec i (width P)) as [->|Hne].
    + unfold Definitions.phi. destruct silent_new as [_ ->]. rewrite inner_0_l; [lra | auto].
    + rewrite Hphi by lia. apply H3. lia.
Qed.

(** A type-1 minimum is kept if the dual function vanishes around u, and lost if it does not. *)
Theorem silent_minimum : balanced p P ->
  (forall i, (i < width P)%nat -> safe p P i None \/ exists delta, 0 < delta /\ safe p P i (Some delta)) ->
  (forall j, (j < J)%nat -> dual p P u j = 0) ->
  (forall v j, (j < J)%nat -> psi Q (width P) v j = 0) -> local_minimum p Q.
Proof.
  intros Hb Hs Hu Hz. apply (safe_local_minimum p scale_pos Q); [now apply silent_balanced|].
  intros i Hi. simpl width in Hi. destruct (Nat.eq_dec i (width P)) as [->|Hne]; [now left|].
  assert (Hi' : (i < width P)%nat) by lia. destruct (silent_old i Hi') as [_ Eh].
  destruct (Hs i Hi') as [H|(delta & Hd & H)]; [left | right; exists delta; split; auto].
  - intros v j Hj. rewrite silent_psi by auto. now apply H.
  - intros v j Hj. rewrite Eh. destruct (H v j Hj) as [A B].
    rewrite !(inner_ext_r p (psi Q i v) (psi P i v)) by (intros; now apply silent_psi). now split.
Qed.
Theorem silent_escape v j : (j < J)%nat -> dual p P u j = 0 -> psi Q (width P) v j <> 0 ->
  ~ local_minimum p Q.
Proof.
  intros Hj Hu Hne. apply (zero_output_escape p scale_pos Q (width P) v j); auto.
  - intros l _. now destruct silent_new as [_ ->].
  - destruct silent_new as [-> _]. destruct (equal_predictions P Q (fun k j _ _ => silent_prediction k j))
      as (_ & Hd & _). now rewrite Hd.
Qed.
End Silent.
End Embedding.
