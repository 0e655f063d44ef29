(** Local minima: a certified region for any number of outputs; if and only if for one output. *)
From Coq Require Import Reals Lra Lia Psatz.
From Exactland Require Import Definitions Sums Expansion.
Local Open Scope R_scope.

Section LocalMinimum.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation dot := (dot p). Notation rho := (rho p). Notation drho := (drho p).
Notation inner := (inner p). Notation residual := (residual p).
Notation prediction := (prediction p). Notation loss := (loss p).
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).
Notation x := (input p). Notation psi := (psi p). Notation phi := (phi p).
Notation balanced := (balanced p).

(** ** The region *)
Theorem region_minimum P Q : balanced P -> keeps_signs p P Q ->
  (forall i v, (i < width P)%nat -> 0 <= inner (h Q i) (psi P i v)) -> loss P <= loss Q.
Proof.
  intros Hb [Hw Hk] Hpsi. pose proof (global_identity p P Q Hb) as E.
  assert (0 <= sum (width Q) (fun i => inner (h Q i) (dual p P (w Q i)))).
  { rewrite Hw. apply sum_ge0. intros i Hi.
    rewrite (inner_ext_r p _ (psi P i (fun a => w Q i a - w P i a))); [auto|].
    intros j Hj. rewrite (dual_step p P (w Q i) i) by auto.
    destruct Hb as [Hb _]. rewrite Hb by auto. ring. }
  assert (0 <= scale p * sum N (fun k => sum J (fun j => (prediction Q k j - prediction P k j) ^ 2)))
    by (apply Rmult_le_pos; [lra | apply squares_ge0]).
  lra.
Qed.

Lemma inner_corner g s j u : (j < J)%nat ->
  inner (fun l => g l + s * unit_vector j l) u = inner g u + s * u j.
Proof. intros Hj. rewrite inner_plus, inner_scal, inner_unit by auto. reflexivity. Qed.

Lemma cone_nonnegative g delta g' u : in_cone p g delta g' ->
  (forall j, (j < J)%nat -> 0 <= inner g u + delta * u j /\ 0 <= inner g u - delta * u j) ->
  0 <= inner g' u.
Proof.
  intros (la & mu & Hc & Hg) Hu.
  assert (E : inner g' u = sum J (fun j => la j * (inner g u + delta * u j)
                                           + mu j * (inner g u - delta * u j))).
  { unfold Definitions.inner at 1.
    rewrite (sum_ext J _ (fun l => sum J (fun j =>
       la j * ((g l + delta * unit_vector j l) * u l)
       + mu j * ((g l - delta * unit_vector j l) * u l)))).
    2:{ intros l Hl. rewrite (Hg l Hl), <- sum_scal_r. apply sum_ext; intros; ring. }
    rewrite sum_swap. apply sum_ext. intros j Hj. rewrite sum_plus, !sum_scal.
    change (sum J (fun l => (g l + delta * unit_vector j l) * u l))
      with (inner (fun l => g l + delta * unit_vector j l) u).
    rewrite inner_corner by auto. f_equal. f_equal.
    transitivity (inner (fun l => g l + (- delta) * unit_vector j l) u).
    { apply sum_ext; intros; ring. } rewrite inner_corner by auto. ring. }
  rewrite E. apply sum_ge0. intros j Hj. destruct (Hu j Hj), (Hc j Hj).
  assert (0 <= la j * (inner g u + delta * u j)) by (apply Rmult_le_pos; auto).
  assert (0 <= mu j * (inner g u - delta * u j)) by (apply Rmult_le_pos; auto). lra.
Qed.

(** The condition on neuron i that makes its part of the region safe. *)
Definition safe (P : network) (i : nat) (spread : option R) : Prop :=
  match spread with
  | None => forall v j, (j < J)%nat -> psi P i v j = 0
  | Some delta => forall v j, (j < J)%nat ->
      0 <= inner (fun l => h P i l + delta * unit_vector j l) (psi P i v)
      /\ 0 <= inner (fun l => h P i l + - delta * unit_vector j l) (psi P i v)
  end.

Theorem local_minimum_region P spread : balanced P ->
  (forall i, (i < width P)%nat -> safe P i (spread i)) ->
  forall Q, in_region p P spread Q -> loss P <= loss Q.
Proof.
  intros Hb Hs Q [Hw HQ]. apply region_minimum; auto.
  - split; auto. intros i k Hi Hk. now apply HQ.
  - intros i v Hi. specialize (Hs i Hi). destruct (HQ i Hi) as [_ Hc].
    destruct (spread i) as [delta|].
    + apply (cone_nonnegative _ _ _ _ Hc). intros j Hj. destruct (Hs v j Hj) as [A B].
      rewrite inner_corner in A, B by auto. lra.
    + rewrite inner_0_r; [lra|]. intros j Hj. now apply Hs.
Qed.

Lemma ball_in_cone g delta r g' : 0 < delta -> r * INR J <= delta ->
  (forall j, (j < J)%nat -> Rabs (g' j - g j) <= r) -> in_cone p g delta g'.
Proof.
  intros Hd HrJ Hg.
  set (f := fun j => g' j - g j).
  exists (fun j => (/ INR J + f j / delta) / 2), (fun j => (/ INR J - f j / delta) / 2).
  assert (HJ : forall j, (j < J)%nat -> 0 < INR J) by (intros; apply lt_0_INR; lia).
  split.
  - intros j Hj. specialize (HJ j Hj).
    assert (Rabs (f j) <= delta / INR J).
    { eapply Rle_trans; [apply Hg; auto|]. apply (Rmult_le_reg_r (INR J)); auto.
      replace (delta / INR J * INR J) with delta by (field; lra). lra. }
    assert (Rabs (f j / delta) <= / INR J).
    { unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ delta)) by (left; now apply Rinv_0_lt_compat).
      apply (Rmult_le_reg_r delta); auto. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
      unfold Rdiv in H. lra. }
    assert (- / INR J <= f j / delta <= / INR J).
    { revert H0. unfold Rabs. destruct (Rcase_abs _); lra. }
    lra.
  - intros l Hl. specialize (HJ l Hl).
    rewrite (sum_ext J _ (fun j => / INR J * g l + f j * unit_vector j l)).
    2:{ intros j _. field. lra. }
    rewrite sum_plus, sum_const.
    rewrite (sum_single J _ l Hl).
    * unfold unit_vector. rewrite Nat.eqb_refl. unfold f. field. lra.
    * intros j _ Hne. unfold unit_vector. apply Nat.eqb_neq in Hne. rewrite Hne. ring.
Qed.

Theorem ball_in_region P spread r : 0 < r ->
  (forall i, (i < width P)%nat -> match spread i with
      Some delta => 0 < delta /\ r * INR J <= delta | None => True end) ->
  (forall i k, (i < width P)%nat -> (k < N)%nat -> dot (w P i) (x k) <> 0 ->
      r * sum d (fun a => Rabs (x k a)) <= Rabs (dot (w P i) (x k))) ->
  forall Q, within p r P Q -> in_region p P spread Q.
Proof.
  intros Hr Hd Hx Q (Hw & HQ & HQh & _). split; auto. intros i Hi. split.
  - intros k Hk. destruct (Req_dec (dot (w P i) (x k)) 0) as [E|E]; [split; intros; lra|].
    specialize (Hx i k Hi Hk E).
    assert (B : Rabs (dot (w Q i) (x k) - dot (w P i) (x k)) <= r * sum d (fun a => Rabs (x k a))).
    { rewrite <- dot_minus. apply dot_bound. intros a Ha. now apply HQ. }
    assert (C : Rabs (dot (w Q i) (x k) - dot (w P i) (x k)) <= Rabs (dot (w P i) (x k))) by lra.
    revert C. unfold Rabs. destruct (Rcase_abs _), (Rcase_abs _); split; intros; lra.
  - specialize (Hd i Hi). destruct (spread i) as [delta|]; auto.
    apply (ball_in_cone _ _ r); [apply Hd | apply Hd |]. intros j Hj. now apply HQh.
Qed.

Lemma near_within eps P Q : near p eps P Q -> within p eps P Q.
Proof. intros (A & B & C & D). repeat split; auto; intros; left; auto. Qed.

Theorem local_minimum_ball P r : 0 < r -> (forall Q, within p r P Q -> loss P <= loss Q) ->
  local_minimum p P.
Proof. intros Hr H. exists r. split; auto. intros Q HQ. apply H. now apply near_within. Qed.

(** No radius given: a point whose neurons are all safe is a local minimum. *)
Lemma safe_smaller P i delta delta' : 0 < delta' <= delta -> safe P i (Some delta) ->
  safe P i (Some delta').
Proof.
  intros Hd H v j Hj. destruct (H v j Hj) as [A B]. rewrite inner_corner in A, B by auto.
  rewrite !inner_corner by auto.
  set (a := inner (h P i) (psi P i v)) in *. set (b := psi P i v j) in *.
  assert (delta * a + delta' * (delta * b) >= 0 /\ delta * a - delta' * (delta * b) >= 0).
  { assert (0 <= (delta - delta') * a) by (apply Rmult_le_pos; lra).
    assert (0 <= delta' * (a + delta * b)) by (apply Rmult_le_pos; lra).
    assert (0 <= delta' * (a + - delta * b)) by (apply Rmult_le_pos; lra). lra. }
  split; apply (Rmult_le_reg_l delta); try lra;
    replace (delta * (a + delta' * b)) with (delta * a + delta' * (delta * b)) by ring;
    replace (delta * (a + - delta' * b)) with (delta * a - delta' * (delta * b)) by ring; lra.
Qed.
Lemma safe_any P i delta : safe P i None -> safe P i (Some delta).
Proof.
  intros H v j Hj. simpl in H. rewrite !inner_0_r; [split; lra | |]; intros; now apply H.
Qed.

Theorem safe_local_minimum P : balanced P ->
  (forall i, (i < width P)%nat -> safe P i None \/ exists delta, 0 < delta /\ safe P i (Some delta)) ->
  local_minimum p P.
Proof.
  intros Hb Hs.
  destruct (finite_radius (width P) (fun i e => safe P i (Some e))) as (delta & Hd & Hsafe).
  { intros i e e' H He. apply (safe_smaller P i e); auto. }
  { intros i Hi. destruct (Hs i Hi) as [H|H]; auto. exists 1. split; [lra|]. now apply safe_any. }
  destruct (keeps_signs_near p P) as (e1 & He1 & Hcell).
  set (r := delta / (INR J + 1)). pose proof (pos_INR J) as HJ.
  assert (Hr : 0 < r) by (apply Rdiv_lt_0_compat; lra).
  assert (HrJ : r * INR J <= delta).
  { assert (r * (INR J + 1) = delta) by (unfold r; field; lra). lra. }
  exists (Rmin e1 r). split; [now apply Rmin_glb_lt|]. intros Q HQ.
  pose proof (Rmin_l e1 r). pose proof (Rmin_r e1 r).
  apply (local_minimum_region P (fun _ => Some delta) Hb Hsafe).
  destruct HQ as (Hw & HQw & HQh & HQc).
  split; [exact Hw|]. intros i Hi. split.
  - intros k Hk. assert (Hn : near p e1 P Q).
    { split; [exact Hw|]. split; [|split]; intros; (eapply Rlt_le_trans; [|eassumption]); auto. }
    now apply (Hcell Q Hn).
  - apply (ball_in_cone _ _ r); auto. intros j Hj. left.
    eapply Rlt_le_trans; [|eassumption]. auto.
Qed.

(** ** Necessary conditions *)

Lemma ray_descends P D : coefficient1 p P D < 0 \/
  (coefficient1 p P D = 0 /\ coefficient2 p P D < 0) -> ~ local_minimum p P.
Proof.
  intros Hq. apply (descent_is_not_minimum p P (move P D)).
  { intros eps He. now apply move_near. }
  destruct Hq as [Hq|[H0 Hq]].
  - pose proof (eventually_and _ _ (ray_expansion p P D) (polynomial_small (coefficient2 p P D)
      (coefficient3 p P D) (coefficient4 p P D) (- coefficient1 p P D) ltac:(lra))) as H.
    apply (eventually_impl _ _ H). intros t Ht [A B]. rewrite A. apply Rabs_def2 in B. nra.
  - pose proof (eventually_and _ _ (ray_expansion p P D) (polynomial_small 
      (coefficient3 p P D) (coefficient4 p P D) 0 (- coefficient2 p P D) ltac:(lra))) as H.
    apply (eventually_impl _ _ H). intros t Ht [A B]. rewrite A, H0. apply Rabs_def2 in B.
    assert (0 < t ^ 2) by nra. nra.
Qed.

Theorem local_minimum_stationary P : local_minimum p P -> directionally_stationary p P.
Proof.
  intros Hm. apply directionally_stationary_derivative. intros D.
  destruct (Rle_dec 0 (directional_derivative p P D)) as [|Hn]; auto. exfalso.
  apply (ray_descends P D); auto. left. rewrite coefficient1_formula. lra.
Qed.

(** An escape neuron with h_i = 0 excludes a local minimum, for any number of outputs. *)
Theorem zero_output_escape P i v j : (i < width P)%nat -> (j < J)%nat ->
  (forall l, (l < J)%nat -> h P i l = 0) -> dual p P (w P i) j = 0 ->
  psi P i v j <> 0 -> ~ local_minimum p P.
Proof.
  intros Hi Hj Hh Hdual Hpsi.
  set (C := scale p * sum N (fun k => rho (dot (w P i) (x k)) ^ 2)).
  assert (HC : 0 <= C).
  { apply Rmult_le_pos; [lra|]. apply sum_ge0; intros; apply pow2_ge_0. }
  set (s := - psi P i v j / (2 * (C + 1))).
  set (D := Network 0 (fun i' => if Nat.eqb i' i then v else fun _ => 0)
    (fun i' l => if Nat.eqb i' i then s * unit_vector j l else 0) (fun _ => 0)).
  assert (D0 : forall k, dot (fun _ => 0) (x k) = 0)
    by (intros; apply sum_zero; intros; ring).
  assert (H1 : forall k l, (l < J)%nat -> slope1 p P D k l = s * unit_vector j l * rho (dot (w P i) (x k))).
  { intros k l Hl. unfold slope1. rewrite (sum_single _ _ i Hi).
    - simpl. rewrite Nat.eqb_refl, (Hh l Hl). destruct (has_output_bias p); ring.
    - intros i' _ Hne. simpl. apply Nat.eqb_neq in Hne. rewrite Hne, D0, drho_0. ring. }
  assert (H2 : forall k l, slope2 p P D k l = s * unit_vector j l * drho (dot (w P i) (x k)) (dot v (x k))).
  { intros k l. unfold slope2. rewrite (sum_single _ _ i Hi).
    - simpl. now rewrite Nat.eqb_refl.
    - intros i' _ Hne. simpl. apply Nat.eqb_neq in Hne. rewrite Hne. ring. }
  assert (U : forall f, sum J (fun l => unit_vector j l * f l) = f j).
  { intros f. rewrite (sum_single J _ j Hj).
    - unfold unit_vector. rewrite Nat.eqb_refl. ring.
    - intros l _ Hne. unfold unit_vector. destruct (Nat.eqb_spec j l); [congruence | ring]. }
  assert (Hs : 2 * (s * (C + 1)) = - psi P i v j) by (unfold s; field; lra).
  apply (ray_descends P D). right. split.
  - unfold coefficient1.
    rewrite (sum_ext N _ (fun k => s * (residual P k j * rho (dot (w P i) (x k))))).
    2:{ intros k _. rewrite (sum_ext J _ (fun l => unit_vector j l *
          (s * (residual P k l * rho (dot (w P i) (x k)))))) by (intros; rewrite H1 by auto; ring).
        now rewrite U. }
    rewrite sum_scal. unfold dual in Hdual. nra.
  - unfold coefficient2.
    rewrite (sum_ext N _ (fun k => 2 * s * (residual P k j * drho (dot (w P i) (x k)) (dot v (x k)))
       + s ^ 2 * (rho (dot (w P i) (x k)) ^ 2))).
    2:{ intros k _. rewrite (sum_ext J _ (fun l => unit_vector j l *
          (2 * s * (residual P k l * drho (dot (w P i) (x k)) (dot v (x k)))
           + s ^ 2 * unit_vector j l * (rho (dot (w P i) (x k)) ^ 2))))
          by (intros; rewrite H1, H2 by auto; ring).
        rewrite U. unfold unit_vector. rewrite Nat.eqb_refl. ring. }
    rewrite sum_plus, !sum_scal.
    replace (scale p * _) with (s * psi P i v j + s ^ 2 * C) by (unfold C, Definitions.psi; ring).
    replace (psi P i v j) with (- (2 * (s * (C + 1)))) by lra.
    assert (s <> 0) by (intros E; rewrite E in Hs; lra).
    assert (0 < s ^ 2) by (destruct (Rtotal_order s 0) as [|[|]]; nra). nra.
Qed.

(** ** One output: the conditions are necessary and sufficient. *)
Theorem local_minimum_iff P : J = 1%nat ->
  local_minimum p P <->
  directionally_stationary p P
  /\ (forall i v, (i < width P)%nat -> phi P i v = 0 -> psi P i v 0%nat = 0).
Proof.
  intros HJ. assert (Hphi : forall i v, phi P i v = h P i 0%nat * psi P i v 0%nat)
    by (intros; unfold Definitions.phi, Definitions.inner; rewrite HJ; simpl; ring).
  split.
  - intros Hm. pose proof (local_minimum_stationary P Hm) as Hs. split; auto.
    apply directionally_stationary_iff in Hs as [[Hb _] _].
    intros i v Hi H0. destruct (Req_dec (psi P i v 0%nat) 0) as [|Hne]; auto. exfalso.
    rewrite Hphi in H0. apply (zero_output_escape P i v 0%nat); auto; [lia| |apply Hb; auto; lia].
    intros l Hl. replace l with 0%nat by lia. apply Rmult_integral in H0 as [|]; auto; contradiction.
  - intros [Hs Hz]. apply directionally_stationary_iff in Hs as [Hb Hp].
    destruct (keeps_signs_near p P) as [e1 [He1 Hcell]].
    destruct (finite_radius (width P) (fun i e => forall g, Rabs (g - h P i 0%nat) < e ->
       h P i 0%nat = 0 \/ 0 < g * h P i 0%nat)) as [e2 [He2 Hsign]].
    { intros i e e' H He g Hg. apply H. lra. }
    { intros i Hi. destruct (Req_dec (h P i 0%nat) 0) as [H0|H0].
      - exists 1. split; [lra|]. auto.
      - exists (Rabs (h P i 0%nat)). split; [now apply Rabs_pos_lt|]. intros g Hg. right.
        revert Hg. unfold Rabs. destruct (Rcase_abs (g - _)), (Rcase_abs (h P i 0%nat)); intros; nra. }
    exists (Rmin e1 e2). pose proof (Rmin_l e1 e2). pose proof (Rmin_r e1 e2).
    split; [now apply Rmin_glb_lt|]. intros Q HQ. apply region_minimum; auto.
    { apply Hcell. destruct HQ as (A & B & C & D). repeat split; auto; intros.
      all: eapply Rlt_le_trans; [|eassumption]; auto. }
    intros i v Hi. unfold Definitions.inner. rewrite HJ. simpl.
    destruct (Hsign i Hi (h Q i 0%nat)) as [Hzero|Hpos].
    { destruct HQ as (_ & _ & C & _). eapply Rlt_le_trans; [|eassumption]. apply C; auto; lia. }
    + rewrite (Hz i v Hi); [lra|]. rewrite Hphi, Hzero. ring.
    + pose proof (Hp i v Hi) as Hv. rewrite Hphi in Hv.
      set (g := h P i 0%nat) in *. set (q := psi P i v 0%nat) in *.
      assert (g <> 0) by (intros E; rewrite E in Hpos; lra).
      assert (0 < g * g) by (destruct (Rtotal_order g 0) as [|[|]]; nra).
      assert (0 <= (h Q i 0%nat * g) * (g * q)) by (apply Rmult_le_pos; lra).
      assert ((h Q i 0%nat * q) * (g * g) = (h Q i 0%nat * g) * (g * q)) by ring.
      destruct (Rle_dec 0 (h Q i 0%nat * q)); [lra|]. nra.
Qed.

(** The same, with every condition spelled out. *)
Corollary local_minimum_iff_conditions P : J = 1%nat ->
  local_minimum p P <->
  balanced P /\ (forall i v, (i < width P)%nat -> 0 <= phi P i v)
  /\ (forall i v, (i < width P)%nat -> phi P i v = 0 -> psi P i v 0%nat = 0).
Proof.
  intros HJ. rewrite local_minimum_iff by auto. rewrite directionally_stationary_iff. tauto.
Qed.
End LocalMinimum.
