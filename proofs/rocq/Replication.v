(** Replicating a neuron with free factors: for which gamma stationarity and local minimality are
    kept, for any number of copies. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Embedding Claims
  LandscapeClaims Integers Prepare Facts Functional Checks.
Import ListNotations.
Local Open Scope R_scope.

Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation J := (outputs p).

Section Family.
Variables (P : network) (i n : nat) (beta gamma : vector).
Hypothesis Hi : (i < width P)%nat.
Hypothesis Hf : factors n beta gamma.
Let Q := replicated P i n beta gamma.
Definition parent (l : nat) : nat := match copy_at (width P) i l with Some _ => i | None => l end.
Definition factor (f : vector) (l : nat) : R :=
  match copy_at (width P) i l with Some q => f q | None => 1 end.

Lemma copy_at_first : copy_at (width P) i i = Some O.
Proof. unfold copy_at. now rewrite Nat.eqb_refl. Qed.
Lemma copy_at_later l : copy_at (width P) i (width P + l) = Some (S l).
Proof.
  unfold copy_at. destruct (Nat.eqb_spec (width P + l) i); [lia|].
  destruct (Nat.ltb_spec (width P + l) (width P)); [lia|]. do 2 f_equal. lia.
Qed.
Lemma copy_at_other l : (l < width P)%nat -> l <> i -> copy_at (width P) i l = None.
Proof.
  intros Hl Hne. unfold copy_at. destruct (Nat.eqb_spec l i); [congruence|].
  destruct (Nat.ltb_spec l (width P)); [reflexivity|lia].
Qed.
Lemma copy_at_some l q : (l < width Q)%nat -> copy_at (width P) i l = Some q -> (q < n)%nat.
Proof.
  unfold Q, replicated, copy_at. simpl. intros Hl. destruct Hf as [Hn _].
  destruct (Nat.eqb_spec l i); [intros [= <-]; lia|].
  destruct (Nat.ltb_spec l (width P)); [discriminate|]. intros [= <-]. lia.
Qed.
Lemma copy_place q : (q < n)%nat -> exists l, (l < width Q)%nat /\ copy_at (width P) i l = Some q.
Proof.
  intros Hq. destruct q as [|q].
  - exists i. split; [unfold Q; simpl; lia | apply copy_at_first].
  - exists (width P + q)%nat. split; [unfold Q; simpl; lia | apply copy_at_later].
Qed.
Lemma copy_parent l q : copy_at (width P) i l = Some q -> parent l = i /\ forall f, factor f l = f q.
Proof. unfold parent, factor. now intros ->. Qed.

Lemma replicated_replicates : replicates p P Q parent (factor beta) (factor gamma).
Proof.
  destruct Hf as (Hn & Hb & Hs). split.
  - intros l Hl. unfold parent, copy_at. destruct (Nat.eqb_spec l i); [auto|].
    destruct (Nat.ltb_spec l (width P)); auto.
  - intros l Hl. unfold factor. destruct (copy_at (width P) i l) as [q|] eqn:E; [|lra].
    apply Hb. now apply (copy_at_some l).
  - intros l a _ _. unfold Q, factor, parent. simpl. destruct (copy_at _ _ l); [reflexivity | ring].
  - intros l j _ _. unfold Q, factor, parent. simpl. destruct (copy_at _ _ l); [reflexivity | ring].
  - reflexivity.
  - intros i' Hi'. unfold Q. simpl. rewrite sum_split. destruct (Nat.eq_dec i' i) as [->|Hne].
    + rewrite (sum_single _ _ i Hi).
      * destruct (copy_parent i O copy_at_first) as [-> E]. rewrite Nat.eqb_refl, !E.
        rewrite <- Hs. replace n with (S (n - 1)) at 2 by lia. rewrite sum_shift. f_equal.
        apply sum_ext. intros l _. destruct (copy_parent _ _ (copy_at_later l)) as [-> E'].
        now rewrite Nat.eqb_refl, !E'.
      * intros l Hl Hne. unfold parent. rewrite copy_at_other by auto.
        destruct (Nat.eqb_spec l i); [congruence | reflexivity].
    + rewrite (sum_single _ _ i' Hi'), (sum_zero (n - 1)).
      * unfold parent, factor. rewrite copy_at_other, Nat.eqb_refl by auto. ring.
      * intros l _. destruct (copy_parent _ _ (copy_at_later l)) as [-> _].
        destruct (Nat.eqb_spec i i'); [congruence | reflexivity].
      * intros l Hl Hne'. unfold parent. destruct (Nat.eq_dec l i) as [->|Hl'].
        -- rewrite copy_at_first. destruct (Nat.eqb_spec i i'); [congruence | reflexivity].
        -- rewrite copy_at_other by auto. destruct (Nat.eqb_spec l i'); [congruence | reflexivity].
Qed.

(** Every neuron of Q is a neuron of P, or a copy of neuron i. *)
Lemma factors_at (property : R -> Prop) : property 1 ->
  (forall l, (l < width Q)%nat -> property (factor gamma l)) <->
  (forall q, (q < n)%nat -> property (gamma q)).
Proof.
  intros H1. split; intros H.
  - intros q Hq. destruct (copy_place q Hq) as (l & Hl & E).
    destruct (copy_parent l q E) as [_ F]. rewrite <- F. now apply H.
  - intros l Hl. unfold factor. destruct (copy_at (width P) i l) as [q|] eqn:E; auto.
    apply H. now apply (copy_at_some l).
Qed.

Theorem replicated_stationary_every : directionally_stationary p P ->
  (forall v, phi p P i v = 0) -> directionally_stationary p Q.
Proof.
  intros HP Hz. apply (replication_stationary p P Q _ _ _ replicated_replicates HP). intros l Hl.
  unfold parent, factor. destruct (copy_at (width P) i l); [right; exact Hz | left; lra].
Qed.

Theorem replicated_stationary_nonnegative v : directionally_stationary p P -> 0 < phi p P i v ->
  directionally_stationary p Q <-> forall q, (q < n)%nat -> 0 <= gamma q.
Proof.
  intros HP Hv. rewrite (replication_stationary p P Q _ _ _ replicated_replicates HP).
  rewrite <- (factors_at (fun g => 0 <= g) ltac:(lra)). split; intros H l Hl.
  - destruct (H l Hl) as [|Hz]; auto. unfold parent, factor in *.
    destruct (copy_at (width P) i l); [|lra]. specialize (Hz v). lra.
  - left. now apply H.
Qed.

Definition all_safe : Prop := forall i', (i' < width P)%nat ->
  safe p P i' None \/ exists delta, 0 < delta /\ safe p P i' (Some delta).

Theorem replicated_minimum_every : balanced p P -> all_safe ->
  safe p P i None -> local_minimum p Q.
Proof.
  intros Hb Hs Hz. apply (replication_minimum p scale_pos P Q _ _ _ replicated_replicates Hb Hs).
  intros l Hl. unfold parent, factor. destruct (copy_at (width P) i l); [right; exact Hz | left; lra].
Qed.

(** If psi_i is not zero and neuron i has a spread, phi_i is positive where psi_i is not zero. *)
Lemma phi_positive delta v j : (j < J)%nat -> 0 < delta -> safe p P i (Some delta) ->
  psi p P i v j <> 0 -> 0 < phi p P i v.
Proof.
  intros Hj Hd Hs Hne. destruct (Hs v j Hj) as [A B]. rewrite inner_corner in A, B by auto.
  unfold phi. destruct (Rtotal_order (psi p P i v j) 0) as [Hlt|[|Hgt]]; [|contradiction|]; nra.
Qed.

Theorem replicated_minimum_positive v j : balanced p P -> all_safe ->
  (j < J)%nat -> psi p P i v j <> 0 ->
  local_minimum p Q <-> forall q, (q < n)%nat -> 0 < gamma q.
Proof.
  intros Hb Hs Hj Hne. rewrite <- (factors_at (fun g => 0 < g) ltac:(lra)). split.
  - intros Hm l Hl.
    destruct (Rtotal_order (factor gamma l) 0) as [Hlt|[Hz|]]; auto; exfalso.
    + assert (Hp : parent l = i).
      { unfold factor in Hlt. unfold parent. destruct (copy_at (width P) i l); [reflexivity|lra]. }
      assert (Hphi : 0 < phi p P i v).
      { destruct (Hs i Hi) as [Hnone|(delta & Hd & H)]; [now elim Hne; apply Hnone|].
        now apply (phi_positive delta v j). }
      apply local_minimum_stationary, directionally_stationary_iff in Hm as [_ Hq].
      specialize (Hq l v Hl). rewrite (replication_phi p P Q _ _ _ replicated_replicates l v Hl), Hp in Hq.
      nra.
    + apply (replication_zero_copy p scale_pos P Q _ _ _ replicated_replicates l v j Hb Hl Hj Hz); auto.
      unfold factor in Hz. unfold parent. destruct (copy_at (width P) i l); [exact Hne|lra].
  - intros Hg. apply (replication_minimum p scale_pos P Q _ _ _ replicated_replicates Hb Hs).
    intros l Hl. left. now apply Hg.
Qed.

(** *** Escape neurons *)
(** The output weights of the first two copies against each other: the function stays. *)
Definition shifted (j : nat) (s : R) : network := Network (width Q) (w Q)
  (fun l j' => h Q l j' + (if Nat.eqb l i then s * beta 1%nat
                           else if Nat.eqb l (width P) then - (s * beta O) else 0) * unit_vector j j')
  (c Q).
Lemma shifted_prediction j s k j' : prediction p (shifted j s) k j' = prediction p Q k j'.
Proof.
  unfold prediction. f_equal. change (width (shifted j s)) with (width Q).
  apply Rminus_diag_uniq. rewrite <- sum_minus. destruct Hf as (Hn & Hb & _).
  pose proof (Hb O ltac:(lia)). pose proof (Hb 1%nat ltac:(lia)).
  set (rest := unit_vector j j' * (beta O * (beta 1%nat * rho p (dot p (w P i) (input p k))))).
  assert (R0 : forall q l, copy_at (width P) i l = Some q -> 0 < beta q ->
    rho p (dot p (w (shifted j s) l) (input p k)) = beta q * rho p (dot p (w P i) (input p k))).
  { intros q l E Hq. rewrite <- rho_scal, <- dot_scal by lra. f_equal. apply dot_ext. intros a _.
    unfold shifted, Q. simpl. now rewrite E. }
  rewrite (sum_ext _ _ (fun l => (if Nat.eqb l i then s * rest else 0)
                               + (if Nat.eqb l (width P) then - (s * rest) else 0))).
  - rewrite sum_plus, (sum_single _ _ i), (sum_single _ (fun l => if Nat.eqb l (width P) then _ else 0) (width P));
      try (unfold Q; simpl; lia).
    + rewrite !Nat.eqb_refl. ring.
    + intros l _ Hne. destruct (Nat.eqb_spec l (width P)); [congruence | reflexivity].
    + intros l _ Hne. destruct (Nat.eqb_spec l i); [congruence | reflexivity].
  - intros l _. change (w Q l) with (w (shifted j s) l). simpl h.
    destruct (Nat.eqb_spec l i) as [->|].
    + rewrite (R0 _ _ copy_at_first) by auto. destruct (Nat.eqb_spec i (width P)); [lia|].
      unfold rest. ring.
    + destruct (Nat.eqb_spec l (width P)) as [->|]; [|ring].
      rewrite (R0 1%nat) by (auto; replace (width P) with (width P + 0)%nat at 2 by lia; apply copy_at_later).
      unfold rest. ring.
Qed.

(** If neuron i is an escape neuron, no replication is a local minimum. *)
Theorem replicated_escape v j : (j < J)%nat -> phi p P i v = 0 -> psi p P i v j <> 0 ->
  ~ local_minimum p Q.
Proof.
  intros Hj Hz Hne (eps & He & Hm). destruct Hf as (Hn & Hb & _).
  pose proof (Hb O ltac:(lia)) as Hb0. pose proof (Hb 1%nat ltac:(lia)) as Hb1.
  set (t := eps / (2 * (beta O + beta 1%nat))).
  assert (Ht : t * (beta O + beta 1%nat) = eps / 2) by (unfold t; field; lra).
  assert (Ht0 : 0 < t) by (apply Rdiv_lt_0_compat; lra).
  assert (Hmin : forall s, Rabs s <= t -> local_minimum p (shifted j s)).
  { intros s Hs. exists (eps / 2). split; [lra|]. intros Q' (A & B & C & D).
    destruct (equal_predictions p Q (shifted j s)) as [-> _]; [intros; apply shifted_prediction|].
    apply Hm. change (w (shifted j s)) with (w Q) in B. change (c (shifted j s)) with (c Q) in D.
    split; [exact A|]. split; [intros l a Hl Ha; specialize (B l a Hl Ha); lra|].
    split; [|intros j' Hj'; specialize (D j' Hj'); lra].
    intros l j' Hl Hj'. specialize (C l j' Hl Hj').
    set (r := if Nat.eqb l i then s * beta 1%nat
              else if Nat.eqb l (width P) then - (s * beta O) else 0) in *.
    change (h (shifted j s) l j') with (h Q l j' + r * unit_vector j j') in C.
    assert (Hr : Rabs r <= eps / 2).
    { rewrite <- Ht. pose proof (Rabs_pos s). unfold r.
      assert (Rabs s * beta O <= t * beta O) by (apply Rmult_le_compat_r; lra).
      assert (Rabs s * beta 1%nat <= t * beta 1%nat) by (apply Rmult_le_compat_r; lra).
      assert (0 <= Rabs s * beta O) by (apply Rmult_le_pos; lra).
      assert (0 <= Rabs s * beta 1%nat) by (apply Rmult_le_pos; lra).
      destruct (Nat.eqb l i); [|destruct (Nat.eqb l (width P))].
      - rewrite Rabs_mult, (Rabs_right (beta 1%nat)); lra.
      - rewrite Rabs_Ropp, Rabs_mult, (Rabs_right (beta O)); lra.
      - rewrite Rabs_R0. lra. }
    assert (Hu : Rabs (r * unit_vector j j') <= eps / 2).
    { unfold unit_vector. destruct (Nat.eqb j j'); [now rewrite Rmult_1_r|].
      rewrite Rmult_0_r, Rabs_R0. lra. }
    replace (h Q' l j' - h Q l j') with
      ((h Q' l j' - (h Q l j' + r * unit_vector j j')) + r * unit_vector j j') by ring.
    eapply Rle_lt_trans; [apply Rabs_triang|]. lra. }
  assert (Hphi : forall s, Rabs s <= t -> 0 <= s * (beta 1%nat * psi p P i v j)).
  { intros s Hs. specialize (Hmin s Hs).
    apply local_minimum_stationary, directionally_stationary_iff in Hmin as [_ Hq].
    assert (Hl : (i < width Q)%nat) by (unfold Q; simpl; lia).
    specialize (Hq i v Hl). unfold phi in Hq.
    rewrite (inner_ext_r p _ (psi p P i v)) in Hq.
    2:{ intros j' Hj'. rewrite (equal_psi p Q (shifted j s) i i) by (auto; intros; apply shifted_prediction).
        rewrite (replication_psi p P Q _ _ _ replicated_replicates) by auto.
        now destruct (copy_parent i O copy_at_first) as [-> _]. }
    rewrite (inner_ext p _ (fun j' => gamma O * h P i j' + s * beta 1%nat * unit_vector j j')) in Hq.
    2:{ intros j' _. unfold shifted, Q. simpl. now rewrite Nat.eqb_refl, copy_at_first. }
    rewrite inner_corner, inner_scal in Hq by auto. fold (phi p P i v) in Hq. rewrite Hz in Hq. lra. }
  pose proof (Hphi t ltac:(rewrite Rabs_right; lra)) as A.
  pose proof (Hphi (- t) ltac:(rewrite Rabs_Ropp, Rabs_right; lra)) as B.
  assert (beta 1%nat * psi p P i v j <> 0) by (apply Rmult_integral_contrapositive_currified; lra).
  destruct (Rtotal_order (beta 1%nat * psi p P i v j) 0) as [|[|]]; nra.
Qed.
End Family.
End Theory.

(** ** The checkers *)
Definition functional_zero (f : functional) : bool :=
  all_zero (linear f) && forallb (fun kc => Z.eqb (snd kc) 0) (kinks f).

Section Checkers.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Definition phi_of (pre : prepared) (i : nat) : functional :=
  contract S (parts_of S pre i) (kinks_at pre i) (height (p_V pre) i).
Definition psi_of (pre : prepared) (i j : nat) : functional :=
  contract S (parts_of S pre i) (kinks_at pre i) (add_at j 1 (zeros (output_dimension S))).

(** phi_i = 0, or phi_i(v) > 0. *)
Definition check_replication_stationary_set (i : nat) (set : gammas) (v : row)
    (trees : list tree) : bool :=
  with_derivatives S P D M (fun pre => Nat.ltb i (m P) && stationary_ok S P D pre trees
    && match set with
       | every_gamma => functional_zero (phi_of pre i)
       | nonnegative_gammas => vector_ok S v && Z.ltb 0 (zeval (phi_of pre i) v)
       | _ => false
       end).
(** psi_i = 0, or psi_ij(v) is not 0 for some j. *)
Definition check_replication_minimum_set (i : nat) (set : gammas) (v : row) (radius : Q)
    (R0 : region) (trees : list (option (list tree * list tree))) : bool :=
  with_derivatives S P D M (fun pre => Nat.ltb i (m P) && local_minimum_ok S P D pre radius R0 trees
    && match set with
       | every_gamma => vanishes pre i (parts_of S pre i)
       | positive_gammas => vector_ok S v && existsb
           (fun j => negb (Z.eqb (zeval (psi_of pre i j) v) 0)) (seq 0 (output_dimension S))
       | _ => false
       end).
Definition check_replication_no_minimum (i : nat) (v : row) (trees : list tree) : bool :=
  check_escape_neuron S P D M i v trees.
End Checkers.

Lemma functional_zero_spec f v : functional_zero f = true -> feval f v = 0.
Proof.
  unfold functional_zero, feval. intros H. apply andb_prop in H as [A B].
  rewrite all_zero_rdot, (fsum_ext _ (fun _ => 0 * 0)), fsum_scal; auto; [ring|].
  intros kc Hk. rewrite forallb_forall in B. specialize (B kc Hk). apply Z.eqb_eq in B.
  rewrite B. ring.
Qed.

Section Soundness.
Variables (S : setting) (P : parameters) (D : denominators) (M : merging).
Hypothesis Hok : prepare_ok S P D = true.
Let pre := prepare S P D M.
Hypothesis Hm : merging_ok S M pre = true.
Let p := problem_of S. Let P0 := network_of S P.
Variable i : nat.
Hypothesis Hi : (i < m P)%nat.

Lemma phi_value v : scale p * feval (phi_of S pre i) v =
  unit_psi S D * IZR (Zpos (den_v D)) * phi p P0 i v.
Proof.
  destruct (height_spec S P D M Hok i) as [Hl Hh].
  pose proof (along_spec S P D M Hok Hm i _ v Hi Hl) as E. fold p P0 in E.
  unfold phi_of. etransitivity; [exact E|]. unfold phi.
  rewrite (inner_ext p _ (fun j => IZR (Zpos (den_v D)) * h P0 i j)) by (intros; apply Hh).
  rewrite inner_scal. ring.
Qed.
Lemma phi_unit_pos : 0 < unit_psi S D * IZR (Zpos (den_v D)).
Proof. apply Rmult_lt_0_compat; [apply unit_psi_pos | apply IZR_Zpos]. Qed.

Lemma phi_zero_sound : functional_zero (phi_of S pre i) = true -> forall v, phi p P0 i v = 0.
Proof.
  intros H v. pose proof (phi_value v) as E. rewrite functional_zero_spec in E by exact H.
  pose proof phi_unit_pos. apply (Rmult_eq_reg_l (unit_psi S D * IZR (Zpos (den_v D)))); lra.
Qed.
Lemma phi_positive_sound v : vector_ok S v && Z.ltb 0 (zeval (phi_of S pre i) v) = true ->
  0 < phi p P0 i (zvec v).
Proof.
  intros H. apply andb_prop in H as [Hv H]. apply Nat.eqb_eq in Hv. apply Z.ltb_lt, IZR_lt in H.
  destruct (height_spec S P D M Hok i) as [Hl _].
  rewrite (zeval_spec (d S)) in H by first [exact Hv | apply (sized_along S P D M Hok Hm i _ Hi Hl)].
  pose proof (phi_value (zvec v)) as E. pose proof phi_unit_pos.
  pose proof (scale_positive S P D Hok) as Hs. fold p in Hs.
  apply (Rmult_lt_reg_l (unit_psi S D * IZR (Zpos (den_v D)))); [lra|]. rewrite Rmult_0_r, <- E. nra.
Qed.
Lemma psi_nonzero_sound v j : vector_ok S v = true -> (j < outputs p)%nat ->
  zeval (psi_of S pre i j) v <> 0%Z -> psi p P0 i (zvec v) j <> 0.
Proof.
  intros Hv Hj H E. apply H. apply Nat.eqb_eq in Hv.
  pose proof (zeval_psi S P D M Hok Hm i (add_at j 1 (zeros (output_dimension S))) v Hi) as F.
  rewrite (inner_unit_row S j _ Hj) in F. fold p P0 in F. rewrite E in F.
  pose proof (scale_positive S P D Hok) as Hs. fold p in Hs. apply eq_IZR.
  apply (Rmult_eq_reg_l (scale p)); [|lra]. rewrite Rmult_0_r. etransitivity; [apply F | ring]; auto.
  now rewrite length_add_at, length_zeros.
Qed.
End Soundness.

Theorem check_replication_stationary_set_sound S P D M i set v trees :
  check_replication_stationary_set S P D M i set v trees = true ->
  is_replication_stationary_set S P i set.
Proof.
  intros H. apply with_derivatives_parts in H as (Hok & Hm & H).
  apply andb_prop in H as [H Hset]. apply andb_prop in H as [Hi Hs]. apply Nat.ltb_lt in Hi.
  apply (stationary_sound S P D M Hok Hm) in Hs.
  split; [exact Hi|]. split; [exact Hs|]. intros n beta gamma Hf. destruct set; try discriminate.
  - split; [intros _; exact I|]. intros _. apply replicated_stationary_every; auto.
    now apply (phi_zero_sound S P D M Hok Hm).
  - apply (replicated_stationary_nonnegative _ (network_of S P) i n beta gamma Hi Hf (zvec v)); auto.
    now apply (phi_positive_sound S P D M Hok Hm).
Qed.

Theorem check_replication_minimum_set_sound S P D M i set v radius R0 trees :
  check_replication_minimum_set S P D M i set v radius R0 trees = true ->
  is_replication_minimum_set S P i set.
Proof.
  intros H. apply with_derivatives_parts in H as (Hok & Hm & H).
  apply andb_prop in H as [H Hset]. apply andb_prop in H as [Hi Hl]. apply Nat.ltb_lt in Hi.
  destruct (local_minimum_neurons S P D M Hok Hm radius R0 trees Hl) as [Hb Hn].
  assert (Hs : all_safe (problem_of S) (network_of S P)).
  { intros i' Hi'. destruct (Hn i' Hi') as (_ & _ & Ho).
    destruct (output_safe S P D M Hok Hm radius R0 i' _ Hi' Ho) as [A B].
    destruct (spreads R0 i') as [delta|]; [right; now exists delta | now left]. }
  pose proof (scale_positive S P D Hok) as Hsp.
  split; [exact Hi|]. split.
  { intros _. now apply (local_minimum_sound S P D M Hok Hm) in Hl as [Hl _]. }
  intros n beta gamma Hf. destruct set; try discriminate.
  - split; [intros _; exact I|]. intros _. apply replicated_minimum_every; auto.
    intros v' j Hj. now apply (vanishes_sound S P D M Hok Hm).
  - apply andb_prop in Hset as [Hv H]. apply existsb_exists in H as (j & Hj & H).
    apply in_seq in Hj. apply negb_true_iff, Z.eqb_neq in H.
    assert (Hj' : (j < outputs (problem_of S))%nat) by (simpl; lia).
    apply (replicated_minimum_positive _ Hsp (network_of S P) i n beta gamma Hi Hf (zvec v) j); auto.
    now apply (psi_nonzero_sound S P D M Hok Hm).
Qed.

Theorem check_replication_no_minimum_sound S P D M i v trees :
  check_replication_no_minimum S P D M i v trees = true -> is_replication_minimum_set S P i no_gamma.
Proof.
  intros H. apply check_escape_neuron_sound in H as (_ & Hi & u & Hz & j & Hj & Hne).
  split; [exact Hi|]. split; [congruence|]. intros n beta gamma Hf. split; [|intros []].
  apply (replicated_escape _ (network_of S P) i n beta gamma Hi Hf u j); auto.
Qed.
