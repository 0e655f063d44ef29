(** Networks given by layers: while every neuron stays on one linear piece of the activation, the
    predictions are affine in the data; so the best affine fit is a local minimum. *)
From Coq Require Import Reals Lra Lia List.
From Exactland Require Import Definitions Sums LayerDefinitions.
Import ListNotations.
Local Open Scope R_scope.

(** Half the derivative of the penalty: the residual, clipped for Huber's loss. *)
Definition half_slope (huber : option R) (e : R) : R :=
  match huber with Some delta => Rmax (- delta) (Rmin delta e) | None => e end.

Lemma clipped delta e : 0 < delta ->
  (delta < e /\ half_slope (Some delta) e = delta) \/ (e < - delta /\ half_slope (Some delta) e = - delta)
  \/ (- delta <= e <= delta /\ half_slope (Some delta) e = e).
Proof.
  intros H. unfold half_slope, Rmax, Rmin.
  destruct (Rle_dec delta e), (Rle_dec (- delta) _); lra.
Qed.
Lemma penalty_value huber e : (forall delta, huber = Some delta -> 0 < delta) ->
  penalty huber e = half_slope huber e * (2 * e - half_slope huber e).
Proof.
  intros H. destruct huber as [delta|]; [|unfold half_slope; simpl; ring].
  destruct (clipped delta e (H delta eq_refl)) as [[A ->]|[[A ->]|[A ->]]]; simpl;
    specialize (H delta eq_refl); unfold Rabs; destruct (Rcase_abs e), (Rlt_dec delta _); try lra; ring.
Qed.
Lemma penalty_convex huber e e' : (forall delta, huber = Some delta -> 0 < delta) ->
  2 * half_slope huber e * (e' - e) <= penalty huber e' - penalty huber e.
Proof.
  intros H. rewrite !penalty_value by exact H. pose proof (pow2_ge_0 (e' - e)).
  destruct huber as [delta|]; [|unfold half_slope; nra]. specialize (H delta eq_refl).
  pose proof (pow2_ge_0 (e' - delta)). pose proof (pow2_ge_0 (e' + delta)).
  destruct (clipped delta e H) as [[A ->]|[[A ->]|[A ->]]],
    (clipped delta e' H) as [[B ->]|[[B ->]|[B ->]]]; nra.
Qed.

Section LayerMinimum.
Variable p : layer_problem.
Hypothesis factor_pos : 0 < factor p.
Hypothesis huber_pos : forall delta, huber p = Some delta -> 0 < delta.
Notation N := (data_points p). Notation J := (labels p). Notation d := (features p).
Notation x := (feature p).

(** Functions on the data that are affine in x_k. *)
Definition affine_on (f : nat -> R) : Prop := exists B c,
  forall k, (k < N)%nat -> f k = sum d (fun q => B q * x k q) + c.
Lemma affine_on_const r : affine_on (fun _ => r).
Proof.
  exists (fun _ => 0), r. intros k _. rewrite sum_zero; [ring|]. intros; ring.
Qed.
Lemma affine_on_plus f g : affine_on f -> affine_on g -> affine_on (fun k => f k + g k).
Proof.
  intros (B & c & H) (B' & c' & H'). exists (fun q => B q + B' q), (c + c'). intros k Hk.
  rewrite H, H' by auto. rewrite (sum_ext d (fun q => (B q + B' q) * x k q)
    (fun q => B q * x k q + B' q * x k q)) by (intros; ring). rewrite sum_plus. ring.
Qed.
Lemma affine_on_scal r f : affine_on f -> affine_on (fun k => r * f k).
Proof.
  intros (B & c & H). exists (fun q => r * B q), (r * c). intros k Hk. rewrite H by auto.
  rewrite (sum_ext d (fun q => r * B q * x k q) (fun q => r * (B q * x k q))) by (intros; ring).
  rewrite sum_scal. ring.
Qed.
Lemma affine_on_sum n (f : nat -> nat -> R) : (forall q, (q < n)%nat -> affine_on (f q)) ->
  affine_on (fun k => sum n (fun q => f q k)).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply affine_on_const|].
  apply affine_on_plus; [apply IH; auto | apply H; auto].
Qed.
Lemma affine_on_ext f g : (forall k, (k < N)%nat -> f k = g k) -> affine_on f -> affine_on g.
Proof. intros E (B & c & H). exists B, c. intros k Hk. rewrite <- E by auto. now apply H. Qed.
Lemma affine_on_layer n l (a : nat -> vector) i : (forall q, (q < n)%nat -> affine_on (fun k => a k q)) ->
  affine_on (fun k => affine n l (a k) i).
Proof.
  intros H. unfold affine. apply affine_on_plus; [|apply affine_on_const].
  apply (affine_on_sum n (fun q k => weight l i q * a k q)). intros q Hq. apply affine_on_scal; auto.
Qed.
Lemma affine_on_coordinate q : (q < d)%nat -> affine_on (fun k => x k q).
Proof.
  intros Hq. exists (unit_vector q), 0. intros k _. rewrite (sum_single d _ q Hq).
  - unfold unit_vector. rewrite Nat.eqb_refl. ring.
  - intros q' _ Hne. unfold unit_vector. destruct (Nat.eqb_spec q q'); [congruence | ring].
Qed.

(** Near all N values the activation is the affine function with this slope and this shift. *)
Definition linear_near (line : R * R) (t : nat -> R) : Prop := exists eps, 0 < eps /\
  forall k u, (k < N)%nat -> Rabs (u - t k) < eps -> activation p u = fst line * u + snd line.
(** The lines of the neurons, layer by layer. *)
Definition line (lines : list (list (R * R))) (i : nat) : R * R := nth i (hd [] lines) (0, 0).
Fixpoint on_linear_pieces (lines : list (list (R * R))) (n : nat) (P : layers) (a : nat -> vector)
    : Prop :=
  match P with
  | [] | [_] => True
  | l :: P' =>
      (forall i, (i < rows l)%nat -> linear_near (line lines i) (fun k => affine n l (a k) i))
      /\ on_linear_pieces (tl lines) (rows l) P' (fun k i => activation p (affine n l (a k) i))
  end.
(** The network with these lines in place of the activation. *)
Fixpoint run_on_lines (lines : list (list (R * R))) (n : nat) (P : layers) (a : vector) : vector :=
  match P with
  | [] => a
  | [l] => affine n l a
  | l :: P' => run_on_lines (tl lines) (rows l) P'
                 (fun i => fst (line lines i) * affine n l a i + snd (line lines i))
  end.
(** The number of outputs. *)
Fixpoint last_rows (n : nat) (P : layers) : nat :=
  match P with [] => n | l :: P' => last_rows (rows l) P' end.

Lemma last_rows_sizes P Q n : map rows Q = map rows P -> last_rows n Q = last_rows n P.
Proof.
  revert P n. induction Q as [|l Q IH]; intros [|l' P] n E; try discriminate; [reflexivity|].
  injection E as E1 E2. simpl. rewrite E1. now apply IH.
Qed.

Lemma affine_ext n l a a' i : (forall q, (q < n)%nat -> a q = a' q) ->
  affine n l a i = affine n l a' i.
Proof. intros H. unfold affine. f_equal. apply sum_ext. intros q Hq. now rewrite H. Qed.
Lemma run_on_lines_ext P : forall lines n a a' j, (forall q, (q < n)%nat -> a q = a' q) ->
  (j < last_rows n P)%nat -> run_on_lines lines n P a j = run_on_lines lines n P a' j.
Proof.
  induction P as [|l P IH]; intros lines n a a' j H Hj; [now apply H|].
  destruct P as [|l2 P]; [now apply affine_ext|].
  apply (IH (tl lines) (rows l)); [|exact Hj]. intros i _. now rewrite (affine_ext n l a a').
Qed.
Lemma affine_on_lines P : forall lines n (a : nat -> vector),
  (forall q, (q < n)%nat -> affine_on (fun k => a k q)) ->
  forall j, (j < last_rows n P)%nat ->
  affine_on (fun k => run_on_lines lines n P (a k) j).
Proof.
  induction P as [|l P IH]; intros lines n a Ha j Hj; [now apply Ha|].
  destruct P as [|l2 P]; [now apply affine_on_layer|].
  apply (IH (tl lines) (rows l) (fun k i => fst (line lines i) * affine n l (a k) i + snd (line lines i)));
    [|exact Hj].
  intros i _. apply affine_on_plus; [|apply affine_on_const]. apply affine_on_scal.
  now apply affine_on_layer.
Qed.

(** A layer is continuous. *)
Lemma product_close u v eps : 0 < eps -> exists r, 0 < r /\
  forall u' v', Rabs (u' - u) < r -> Rabs (v' - v) < r -> Rabs (u' * v' - u * v) < eps.
Proof.
  intros He. set (b := Rabs u + Rabs v + 1).
  assert (Hb : 1 <= b) by (unfold b; pose proof (Rabs_pos u); pose proof (Rabs_pos v); lra).
  exists (Rmin 1 (eps / b)). assert (H : 0 < eps / b) by (apply Rdiv_lt_0_compat; lra).
  split; [now apply Rmin_glb_lt; lra|]. intros u' v' Hu Hv.
  pose proof (Rmin_l 1 (eps / b)). pose proof (Rmin_r 1 (eps / b)).
  assert (E : eps / b * b = eps) by (field; lra).
  replace (u' * v' - u * v) with ((u' - u) * (v' - v) + u * (v' - v) + v * (u' - u)) by ring.
  eapply Rle_lt_trans; [apply Rabs_triang|].
  eapply Rle_lt_trans; [apply Rplus_le_compat_r, Rabs_triang|]. rewrite !Rabs_mult.
  pose proof (Rabs_pos (u' - u)). pose proof (Rabs_pos (v' - v)).
  pose proof (Rabs_pos u). pose proof (Rabs_pos v).
  rewrite <- E. unfold b in *. nra.
Qed.
Lemma affine_close n l a i eps : 0 < eps -> exists r, 0 < r /\ forall l' a',
  (forall q, (q < n)%nat -> Rabs (weight l' i q - weight l i q) < r) ->
  Rabs (bias l' i - bias l i) < r -> (forall q, (q < n)%nat -> Rabs (a' q - a q) < r) ->
  Rabs (affine n l' a' i - affine n l a i) < eps.
Proof.
  unfold affine. revert eps. induction n as [|n IH]; intros eps He.
  - exists eps. split; [exact He|]. intros l' a' _ Hb _. simpl.
    replace (0 + bias l' i - (0 + bias l i)) with (bias l' i - bias l i) by ring. exact Hb.
  - destruct (IH (eps / 2) ltac:(lra)) as (r1 & H1 & A1).
    destruct (product_close (weight l i n) (a n) (eps / 2) ltac:(lra)) as (r2 & H2 & A2).
    exists (Rmin r1 r2). split; [now apply Rmin_glb_lt|]. intros l' a' Hw Hb Ha.
    pose proof (Rmin_l r1 r2). pose proof (Rmin_r r1 r2).
    assert (B1 := A1 l' a' ltac:(intros q Hq; specialize (Hw q ltac:(lia)); lra) ltac:(lra)
      ltac:(intros q Hq; specialize (Ha q ltac:(lia)); lra)).
    assert (B2 := A2 (weight l' i n) (a' n) ltac:(specialize (Hw n ltac:(lia)); lra)
      ltac:(specialize (Ha n ltac:(lia)); lra)).
    simpl. apply Rabs_def2 in B1 as [B1 B1']. apply Rabs_def2 in B2 as [B2 B2'].
    apply Rabs_def1; lra.
Qed.

Lemma all_close_smaller eps eps' n P Q : eps' <= eps -> all_close eps' n P Q -> all_close eps n P Q.
Proof.
  intros He. revert n Q. induction P as [|l P IH]; intros n [|l' Q]; simpl; auto.
  intros [H HQ]. split; [|now apply IH]. intros i Hi. destruct (H i Hi) as [Hw Hb].
  split; [|lra]. intros q Hq. specialize (Hw q Hq). lra.
Qed.

(** Near P the lines take the place of the activation. *)
Lemma run_near P : forall lines n (a : nat -> vector), on_linear_pieces lines n P a ->
  exists eps, 0 < eps /\ forall Q, map rows Q = map rows P -> all_close eps n P Q ->
  forall a' : nat -> vector,
  (forall k q, (k < N)%nat -> (q < n)%nat -> Rabs (a' k q - a k q) < eps) ->
  forall k j, (k < N)%nat -> (j < last_rows n P)%nat ->
  run p n Q (a' k) j = run_on_lines lines n Q (a' k) j.
Proof.
  induction P as [|l P IH]; intros lines n a H.
  { exists 1. split; [lra|]. intros [|l Q] E; [reflexivity | discriminate]. }
  destruct P as [|l2 P].
  { exists 1. split; [lra|]. intros [|l' [|]] E; try discriminate. reflexivity. }
  destruct H as [Hlin Hrest]. destruct (IH _ _ _ Hrest) as (eps1 & He1 & Hrun).
  set (act := fun (l : layer) (a : nat -> vector) k i => activation p (affine n l (a k) i)).
  set (closeness := fun i eps => forall l' (a' : nat -> vector),
    (forall q, (q < n)%nat -> Rabs (weight l' i q - weight l i q) < eps) ->
    Rabs (bias l' i - bias l i) < eps ->
    (forall k q, (k < N)%nat -> (q < n)%nat -> Rabs (a' k q - a k q) < eps) ->
    forall k, (k < N)%nat -> Rabs (act l' a' k i - act l a k i) < eps1
      /\ act l' a' k i = fst (line lines i) * affine n l' (a' k) i + snd (line lines i)).
  assert (Hstep : exists eps, 0 < eps /\ forall i, (i < rows l)%nat -> closeness i eps).
  { apply finite_radius.
    - intros i e e' Hp He l' a' Hw Hb Ha. apply Hp; try lra.
      + intros q Hq. specialize (Hw q Hq). lra.
      + intros k q Hk Hq. specialize (Ha k q Hk Hq). lra.
    - intros i Hi. destruct (Hlin i Hi) as (mu & Hmu & Hpiece).
      set (s := fst (line lines i)) in *. set (t := snd (line lines i)) in *.
      set (eta := Rmin mu (eps1 / (Rabs s + 1))). assert (Hs := Rabs_pos s).
      assert (Heta : 0 < eta) by (apply Rmin_glb_lt; [auto | apply Rdiv_lt_0_compat; lra]).
      set (close := fun k eps => forall l' a',
        (forall q, (q < n)%nat -> Rabs (weight l' i q - weight l i q) < eps) ->
        Rabs (bias l' i - bias l i) < eps -> (forall q, (q < n)%nat -> Rabs (a' q - a k q) < eps) ->
        Rabs (affine n l' a' i - affine n l (a k) i) < eta).
      assert (Hall : exists eps, 0 < eps /\ forall k, (k < N)%nat -> close k eps).
      { apply finite_radius.
        - intros k e e' Hp He l' a' Hw Hb Ha. apply Hp; [| lra |].
          + intros q Hq. specialize (Hw q Hq). lra.
          + intros q Hq. specialize (Ha q Hq). lra.
        - intros k _. now apply affine_close. }
      destruct Hall as (eps & He & Hclose). exists eps. split; [exact He|].
      intros l' a' Hw Hb Ha k Hk.
      assert (Hpre : Rabs (affine n l' (a' k) i - affine n l (a k) i) < eta).
      { apply (Hclose k Hk); auto. }
      assert (Hact : act l' a' k i = s * affine n l' (a' k) i + t).
      { apply (Hpiece k); auto. eapply Rlt_le_trans; [exact Hpre | apply Rmin_l]. }
      split; [|exact Hact]. rewrite Hact. unfold act.
      rewrite (Hpiece k (affine n l (a k) i) Hk) by (rewrite Rminus_eq_0, Rabs_R0; exact Hmu).
      replace (s * affine n l' (a' k) i + t - (s * affine n l (a k) i + t))
        with (s * (affine n l' (a' k) i - affine n l (a k) i)) by ring.
      rewrite Rabs_mult.
      assert (Hr : eta <= eps1 / (Rabs s + 1)) by apply Rmin_r.
      assert (E : eps1 / (Rabs s + 1) * (Rabs s + 1) = eps1) by (field; lra).
      pose proof (Rabs_pos (affine n l' (a' k) i - affine n l (a k) i)). nra. }
  destruct Hstep as (eps2 & He2 & Hstep). exists (Rmin eps1 eps2).
  pose proof (Rmin_l eps1 eps2). pose proof (Rmin_r eps1 eps2).
  split; [now apply Rmin_glb_lt|]. intros [|l' Q] E HQ a' Ha k j Hk Hj; [discriminate|].
  assert (El : rows l' = rows l) by (now injection E).
  assert (EQ : map rows Q = map rows (l2 :: P)) by (now injection E).
  destruct Q as [|l2' Q]; [discriminate|]. destruct HQ as [Hl HQ].
  assert (Hs : forall i k, (i < rows l)%nat -> (k < N)%nat ->
    Rabs (act l' a' k i - act l a k i) < eps1
    /\ act l' a' k i = fst (line lines i) * affine n l' (a' k) i + snd (line lines i)).
  { intros i k' Hi. destruct (Hl i Hi) as [Hw Hb]. apply (Hstep i Hi).
    - intros q Hq. specialize (Hw q Hq). lra.
    - lra.
    - intros k1 q Hk1 Hq. specialize (Ha k1 q Hk1 Hq). lra. }
  change (run p (rows l') (l2' :: Q) (act l' a' k) j = run_on_lines (tl lines) (rows l') (l2' :: Q)
    (fun i => fst (line lines i) * affine n l' (a' k) i + snd (line lines i)) j). rewrite El.
  rewrite (Hrun (l2' :: Q) EQ (all_close_smaller _ _ _ _ _ (Rmin_l eps1 eps2) HQ) (act l' a'));
    [|intros k' i Hk' Hi; now apply Hs | exact Hk | exact Hj].
  apply (run_on_lines_ext (l2' :: Q) (tl lines)); [|now rewrite (last_rows_sizes (l2 :: P) _ _ EQ)].
  intros i Hi. now apply Hs.
Qed.

(** Near P all predictions on the data are affine in x_k. *)
Lemma output_near P lines : on_linear_pieces lines d P x -> exists eps, 0 < eps /\
  forall Q, layers_near p eps P Q -> forall k j, (k < N)%nat -> (j < last_rows d P)%nat ->
  output_of p Q k j = run_on_lines lines d Q (x k) j.
Proof.
  intros H. destruct (run_near P lines d x H) as (eps & He & Hrun). exists eps. split; [exact He|].
  intros Q [HQ Hclose] k j Hk Hj. apply (Hrun Q HQ Hclose x); auto.
  intros k' q _ _. rewrite Rminus_eq_0, Rabs_R0. exact He.
Qed.
Lemma predictions_affine lines Q j : (j < last_rows d Q)%nat ->
  affine_on (fun k => run_on_lines lines d Q (x k) j).
Proof. intros Hj. apply affine_on_lines; [|exact Hj]. apply affine_on_coordinate. Qed.

(** The normal equations: the half slopes are orthogonal to all affine functions. *)
Definition layer_slope (P : layers) (k j : nat) : R :=
  half_slope (huber p) (output_of p P k j - label p k j).
Definition affine_normal_equations (P : layers) : Prop := forall j, (j < J)%nat ->
  sum N (fun k => layer_slope P k j) = 0
  /\ forall q, (q < d)%nat -> sum N (fun k => layer_slope P k j * x k q) = 0.

Lemma orthogonal P f j : affine_normal_equations P -> (j < J)%nat -> affine_on f ->
  sum N (fun k => layer_slope P k j * f k) = 0.
Proof.
  intros H Hj (B & c & Hf). destruct (H j Hj) as [H0 Hx].
  rewrite (sum_ext N _ (fun k => sum d (fun q => B q * (layer_slope P k j * x k q))
    + c * layer_slope P k j)).
  - rewrite sum_plus, sum_scal, H0, sum_swap, (sum_zero d); [ring|].
    intros q Hq. rewrite sum_scal, Hx by auto. ring.
  - intros k Hk. rewrite Hf, Rmult_plus_distr_l by auto. rewrite <- sum_scal.
    f_equal; [apply sum_ext; intros|]; ring.
Qed.

Lemma convex_bound P Q :
  factor p * sum N (fun k => sum J (fun j =>
    2 * layer_slope P k j * (output_of p Q k j - output_of p P k j)))
  <= layers_loss p Q - layers_loss p P.
Proof.
  unfold layers_loss. rewrite <- Rmult_minus_distr_l, <- sum_minus.
  apply Rmult_le_compat_l; [lra|]. apply sum_le. intros k Hk. rewrite <- sum_minus.
  apply sum_le. intros j Hj. unfold layer_slope.
  replace (output_of p Q k j - output_of p P k j)
    with ((output_of p Q k j - label p k j) - (output_of p P k j - label p k j)) by ring.
  now apply penalty_convex.
Qed.

Lemma all_close_refl eps n P : 0 < eps -> all_close eps n P P.
Proof.
  intros He. revert n. induction P as [|l P IH]; intros n; simpl; auto. split; auto.
  intros i _. split; [intros q _|]; rewrite Rminus_eq_0, Rabs_R0; exact He.
Qed.

(** Linear pieces and normal equations: a local minimum. *)
Theorem linear_piece_local_minimum P lines : last_rows d P = J -> on_linear_pieces lines d P x ->
  affine_normal_equations P -> layers_local_minimum p P.
Proof.
  intros Hlast Hlin Hnormal. destruct (output_near P lines Hlin) as (eps & He & H).
  exists eps. split; [exact He|]. intros Q HQ. pose proof (convex_bound P Q) as Hb.
  assert (Haff : forall Q', layers_near p eps P Q' ->
    forall j, (j < J)%nat -> affine_on (fun k => output_of p Q' k j)).
  { intros Q' HQ' j Hj. apply (affine_on_ext (fun k => run_on_lines lines d Q' (x k) j)).
    - intros k Hk. symmetry. apply H; auto. now rewrite Hlast.
    - apply predictions_affine. destruct HQ' as [HQ' _].
      rewrite (last_rows_sizes P Q') by exact HQ'. now rewrite Hlast. }
  rewrite sum_swap, (sum_zero J) in Hb; [lra|]. intros j Hj.
  rewrite (sum_ext N _ (fun k => 2 * (layer_slope P k j * (output_of p Q k j + -1 * output_of p P k j))))
    by (intros; ring).
  rewrite sum_scal, (orthogonal P (fun k => output_of p Q k j + -1 * output_of p P k j) j Hnormal Hj);
    [ring|].
  apply affine_on_plus; [now apply Haff|]. apply affine_on_scal. apply Haff; auto.
  split; [reflexivity | now apply all_close_refl].
Qed.
End LayerMinimum.
