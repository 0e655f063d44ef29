(** Global minima: groups of equal inputs; consequences of the global identity. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Integers Prepare Facts Functional Checks.
Import ListNotations.
Local Open Scope R_scope.

Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation N := (points p). Notation J := (outputs p).

(** If the residuals sum to zero over every group of equal inputs, no function does better. *)
Theorem group_global_minimum P (same : nat -> nat -> bool) :
  (forall k k', same k k' = same k' k) ->
  (forall k, same k k = true) ->
  (forall k k' l, same k k' = true -> same k l = same k' l) ->
  (forall k k', (k < N)%nat -> (k' < N)%nat -> same k k' = true ->
     forall a, (a < inputs p)%nat -> input p k a = input p k' a) ->
  (forall k j, (k < N)%nat -> (j < J)%nat ->
     sum N (fun k' => if same k k' then residual p P k' j else 0) = 0) ->
  global_minimum p P.
Proof.
  intros Hsym Hrefl Htrans Hin Hz g Hg.
  assert (Hsame : forall j, (j < J)%nat ->
     sum N (fun k => residual p P k j * (g k j - prediction p P k j)) = 0).
  { intros j Hj. set (delta := fun k => g k j - prediction p P k j).
    assert (Hd : forall k k', (k < N)%nat -> (k' < N)%nat -> same k k' = true -> delta k = delta k').
    { intros k k' Hk Hk' Hs. unfold delta. rewrite (Hg k k' Hk Hk' (Hin k k' Hk Hk' Hs) j Hj).
      f_equal. unfold prediction. f_equal. apply sum_ext. intros i _. do 2 f_equal.
      apply sum_ext. intros a Ha. now rewrite (Hin k k' Hk Hk' Hs a Ha). }
    set (size := fun k => sum N (fun k' => if same k k' then 1 else 0)).
    assert (Hsize : forall k, (k < N)%nat -> 1 <= size k).
    { intros k Hk. apply Rle_trans with (sum N (fun k' => if Nat.eqb k k' then 1 else 0)).
      - rewrite (sum_single N _ k Hk); [rewrite Nat.eqb_refl; lra|].
        intros k' _ Hne. destruct (Nat.eqb_spec k k'); [congruence | reflexivity].
      - apply sum_le. intros k' _.
        destruct (Nat.eqb_spec k k') as [<-|]; [rewrite Hrefl; lra|]. destruct (same k k'); lra. }
    assert (Hs2 : forall k k', same k k' = true -> size k = size k').
    { intros k k' H. apply sum_ext. intros l _. now rewrite (Htrans k k' l H). }
    transitivity (sum N (fun k => sum N (fun k' =>
      if same k k' then residual p P k j * (delta k' / size k') else 0))).
    { apply sum_ext. intros k Hk. fold (delta k).
      transitivity (sum N (fun k' => (residual p P k j * (delta k / size k)) * (if same k k' then 1 else 0))).
      - rewrite sum_scal. fold (size k). specialize (Hsize k Hk). field. lra.
      - apply sum_ext. intros k' Hk'. destruct (same k k') eqn:E; [|ring].
        rewrite (Hd k k' Hk Hk' E), (Hs2 k k' E). ring. }
    rewrite sum_swap. apply sum_zero. intros k' Hk'.
    rewrite (sum_ext N _ (fun k => (delta k' / size k') * (if same k' k then residual p P k j else 0))).
    - rewrite sum_scal, (Hz k' j Hk' Hj). ring.
    - intros k _. rewrite (Hsym k k'). destruct (same k' k); ring. }
  unfold loss. apply Rmult_le_compat_l; [lra|].
  assert (E : sum N (fun k => sum J (fun j => (g k j - target p k j) ^ 2))
    = sum N (fun k => sum J (fun j => residual p P k j ^ 2))
    + 2 * sum J (fun j => sum N (fun k => residual p P k j * (g k j - prediction p P k j)))
    + sum N (fun k => sum J (fun j => (g k j - prediction p P k j) ^ 2))).
  { rewrite (sum_swap J), <- sum_scal, <- !sum_plus. apply sum_ext. intros k _.
    rewrite <- sum_scal, <- !sum_plus. apply sum_ext. intros j _. unfold residual. ring. }
  rewrite E, (sum_zero J) by auto. pose proof (squares_ge0 p (fun k j => g k j - prediction p P k j)).
  lra.
Qed.

(** A global minimum is one among all networks, of every width. *)
Theorem global_minimum_networks P : global_minimum p P -> forall Q, loss p P <= loss p Q.
Proof.
  intros H Q. apply (H (prediction p Q)). intros k k' Hk Hk' He j Hj. unfold prediction. f_equal.
  apply sum_ext. intros i _. do 2 f_equal. apply sum_ext. intros a Ha. now rewrite He.
Qed.

(** Corollaries of the global identity, for networks Q of every width. *)
Theorem nonnegative_dual_is_lower_bound P Q : balanced p P ->
  (forall i, (i < width Q)%nat -> 0 <= inner p (h Q i) (dual p P (w Q i))) ->
  loss p P <= loss p Q.
Proof.
  intros Hb Hd. pose proof (global_identity p P Q Hb) as E.
  assert (0 <= sum (width Q) (fun i => inner p (h Q i) (dual p P (w Q i)))) by (now apply sum_ge0).
  assert (0 <= scale p * sum N (fun k => sum J (fun j => (prediction p Q k j - prediction p P k j) ^ 2)))
    by (apply Rmult_le_pos; [lra | apply squares_ge0]).
  lra.
Qed.
Theorem zero_dual_is_global P : balanced p P ->
  (forall u j, (j < J)%nat -> dual p P u j = 0) -> forall Q, loss p P <= loss p Q.
Proof.
  intros Hb Hz Q. apply nonnegative_dual_is_lower_bound; auto.
  intros i _. rewrite inner_0_r; [lra|]. intros j Hj. now apply Hz.
Qed.

(** Enumeration plus lower bounds: if every network of width n belongs to one of finitely many
    pieces, and no piece goes below L(P), then P is a global minimum among those networks. *)
Theorem enumeration_global_minimum P (n pieces : nat) (piece : nat -> network -> Prop)
    (bound : nat -> R) :
  (forall Q, width Q = n -> exists l, (l < pieces)%nat /\ piece l Q) ->
  (forall l Q, (l < pieces)%nat -> width Q = n -> piece l Q -> bound l <= loss p Q) ->
  (forall l, (l < pieces)%nat -> loss p P <= bound l) ->
  forall Q, width Q = n -> loss p P <= loss p Q.
Proof.
  intros H1 H2 H3 Q HQ. destruct (H1 Q HQ) as (l & Hl & Hp).
  eapply Rle_trans; [apply (H3 l Hl) | now apply (H2 l Q)].
Qed.
(** A piece may be bounded below by a balanced network P_l whose dual function is nonnegative on
    the piece (for one output: the best network of an activation pattern). *)
Corollary enumeration_by_balanced_networks P (n pieces : nat) (piece : nat -> network -> Prop)
    (best : nat -> network) :
  (forall Q, width Q = n -> exists l, (l < pieces)%nat /\ piece l Q) ->
  (forall l, (l < pieces)%nat -> balanced p (best l)) ->
  (forall l Q i, (l < pieces)%nat -> width Q = n -> piece l Q -> (i < width Q)%nat ->
     0 <= inner p (h Q i) (dual p (best l) (w Q i))) ->
  (forall l, (l < pieces)%nat -> loss p P <= loss p (best l)) ->
  forall Q, width Q = n -> loss p P <= loss p Q.
Proof.
  intros H1 H2 H3 H4. apply (enumeration_global_minimum P n pieces piece (fun l => loss p (best l)));
    auto. intros l Q Hl HQ Hp. apply nonnegative_dual_is_lower_bound; auto.
Qed.
End Theory.

(** ** The checker *)
Fixpoint group_sum (x : row) (xs : list row) (e : row) : Z :=
  match xs, e with
  | x' :: xs', a :: e' => (if row_eqb x x' then a + group_sum x xs' e' else group_sum x xs' e')%Z
  | _, _ => 0%Z
  end.
Definition check_global_minimum (S : setting) (P : parameters) (D : denominators) : bool :=
  prepare_ok S P D &&
  (let xs := X S D in forallb (fun e => forallb (fun x => Z.eqb (group_sum x xs e) 0) xs)
                        (residual_rows S P D (T S P D))).

Lemma row_eqb_refl u : row_eqb u u = true.
Proof. induction u; simpl; auto. now rewrite Z.eqb_refl. Qed.
Lemma row_eqb_iff u v : row_eqb u v = true <-> u = v.
Proof. split; [apply row_eqb_eq | intros ->; apply row_eqb_refl]. Qed.

Lemma group_sum_spec n x xs e : length xs = n -> length e = n ->
  IZR (group_sum x xs e) = sum n (fun k => if row_eqb x (nth k xs []) then zvec e k else 0).
Proof.
  revert xs e. induction n as [|n IH]; intros [|x' xs] [|a e] Hx He; try discriminate; auto.
  rewrite sum_shift. simpl group_sum. simpl nth. change (zvec (a :: e) 0%nat) with (IZR a).
  rewrite (sum_ext n _ (fun k => if row_eqb x (nth k xs []) then zvec e k else 0)) by (intros; reflexivity).
  rewrite <- IH by (simpl in *; lia). destruct (row_eqb x x'); rewrite ?plus_IZR; lra.
Qed.

Theorem check_global_minimum_sound S P D :
  check_global_minimum S P D = true -> is_global_minimum S P.
Proof.
  unfold check_global_minimum. intros H. apply andb_prop in H as [Hok H]. cbv zeta in H.
  set (p := problem_of S). set (P0 := network_of S P).
  apply (group_global_minimum p (scale_positive S P D Hok) P0
    (fun k k' => row_eqb (nth k (X S D) []) (nth k' (X S D) []))).
  - intros k k'. apply eq_true_iff_eq. rewrite !row_eqb_iff. split; auto.
  - intros k. apply row_eqb_refl.
  - intros k k' l E. apply row_eqb_eq in E. now rewrite E.
  - intros k k' Hk Hk' E a Ha. apply row_eqb_eq in E.
    pose proof (X_spec S P D Hok k a) as A. pose proof (X_spec S P D Hok k' a) as B.
    unfold zmat in A, B. rewrite E in A. rewrite A in B. pose proof (IZR_Zpos (den_x D)).
    apply (Rmult_eq_reg_l (IZR (Zpos (den_x D)))); fold p in B; lra.
  - intros k j Hk Hj.
    pose proof (forallb_nth _ _ [] H j) as Hje. rewrite (length_E S P D Hok) in Hje.
    specialize (Hje Hj). cbv beta in Hje.
    pose proof (forallb_nth _ _ [] Hje k) as Hke. rewrite (length_X S D) in Hke.
    specialize (Hke Hk). cbv beta in Hke. apply Z.eqb_eq in Hke. apply (f_equal IZR) in Hke.
    rewrite (group_sum_spec (points p)) in Hke
      by first [apply (length_X S D) | apply (length_E_row S P D Hok j Hj)].
    rewrite (sum_ext _ _ (fun k' => IZR (Zpos (unit_e S D)) *
      (if row_eqb (nth k (X S D) []) (nth k' (X S D) []) then residual p P0 k' j else 0))) in Hke.
    + rewrite sum_scal in Hke. pose proof (IZR_Zpos (unit_e S D)).
      apply (Rmult_eq_reg_l (IZR (Zpos (unit_e S D)))); lra.
    + intros k' Hk'. destruct (row_eqb _ _); [|ring]. apply (E_spec S P D Hok j k' Hj Hk').
Qed.
