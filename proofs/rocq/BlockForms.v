(** Sums of products of linear forms, and rows that are put together from segments. *)
From Coq Require Import ZArith Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Integers Prepare Facts Functional Checks SecondOrder BlockChecks.
Import ListNotations.
Local Open Scope R_scope.

(** ** Matrices of integers as quadratic forms *)
Definition quadratic (A : list row) (z : nat -> R) : R :=
  sum (length A) (fun a => z a * rdot (nth a A []) z).
Definition square_matrix (n : nat) (A : list row) : Prop := length A = n /\ all_sized n A.

Lemma madd_spec n A B z : square_matrix n A -> square_matrix n B ->
  square_matrix n (madd A B) /\ quadratic (madd A B) z = quadratic A z + quadratic B z.
Proof.
  intros [HA SA] [HB SB].
  assert (H : forall A B, length A = length B -> all_sized n A -> all_sized n B ->
    length (madd A B) = length A /\ all_sized n (madd A B)
    /\ forall a, (a < length A)%nat -> rdot (nth a (madd A B) []) z
       = rdot (nth a A []) z + rdot (nth a B []) z).
  { clear. induction A as [|u A IH]; intros [|v B] Hl SA SB; simpl in *; try discriminate.
    - repeat split; auto. intros; lia.
    - destruct (IH B) as (H1 & H2 & H3); [lia | intros r ?; apply SA; simpl; auto | intros r ?; apply SB; simpl; auto |].
      assert (Hu : length u = n) by (apply SA; simpl; auto). assert (Hv : length v = n) by (apply SB; simpl; auto).
      split; [simpl; lia|]. split.
      + intros r [<-|Hr]; [|now apply H2]. now rewrite length_vadd; congruence.
      + intros [|a] Ha; [apply rdot_vadd; congruence | apply H3; lia]. }
  destruct (H A B ltac:(congruence) SA SB) as (H1 & H2 & H3).
  split; [split; [congruence | exact H2]|]. unfold quadratic. rewrite H1, HB, <- HA, <- sum_plus.
  apply sum_ext. intros a Ha. rewrite H3 by auto. ring.
Qed.
Lemma outer_spec n k u v z : length u = n -> length v = n ->
  square_matrix n (outer k u v) /\ quadratic (outer k u v) z = IZR k * rdot u z * rdot v z.
Proof.
  intros Hu Hv. unfold outer. split.
  - split; [now rewrite map_length|]. intros r Hr. apply in_map_iff in Hr as (a & <- & _).
    now rewrite length_smul.
  - unfold quadratic. rewrite map_length.
    rewrite (sum_ext (length u) _ (fun a => (IZR k * rdot v z) * (zvec u a * z a))).
    + rewrite sum_scal. unfold rdot. ring.
    + intros a Ha. rewrite (nth_map_lt _ u a 0%Z) by auto. rewrite rdot_smul, mult_IZR. unfold zvec. ring.
Qed.
Definition term_value (z : nat -> R) (t : term) : R :=
  IZR (fst t) * rdot (fst (snd t)) z * rdot (snd (snd t)) z.
Lemma matrix_of_spec n l z : terms_sized n l = true ->
  square_matrix n (matrix_of n l) /\ quadratic (matrix_of n l) z = 2 * fsum (term_value z) l.
Proof.
  induction l as [|[k [u v]] l IH]; intros H; simpl in H.
  - simpl. split.
    + split; [apply repeat_length|]. intros r Hr. apply repeat_spec in Hr. subst. apply length_zeros.
    + unfold quadratic. rewrite repeat_length, sum_zero; [ring|]. intros a Ha.
      rewrite (nth_indep _ [] (zeros n)), nth_repeat, rdot_zeros by (now rewrite repeat_length). ring.
  - apply andb_prop in H as [H1 H2]. apply andb_prop in H1 as [Hu Hv]. simpl in Hu, Hv.
    apply Nat.eqb_eq in Hu, Hv. destruct (IH H2) as [A B].
    destruct (outer_spec n k u v z Hu Hv) as [A1 B1]. destruct (outer_spec n k v u z Hv Hu) as [A2 B2].
    cbn [matrix_of]. destruct (madd_spec n _ _ z A2 A) as [A3 B3].
    destruct (madd_spec n _ _ z A1 A3) as [A4 B4]. split; [exact A4|].
    rewrite B4, B3, B1, B2, B. simpl. unfold term_value at 2. simpl. ring.
Qed.
Theorem cancels_spec n l z : cancels n l = true -> fsum (term_value z) l = 0.
Proof.
  intros H. unfold cancels in H. apply andb_prop in H as [H1 H2].
  destruct (matrix_of_spec n l z H1) as [_ E].
  assert (E0 : quadratic (matrix_of n l) z = 0); [|lra].
  unfold quadratic. apply sum_zero. intros a Ha. rewrite all_zero_rdot; [ring|].
  apply (forallb_nth _ _ [] H2 a Ha).
Qed.
Lemma fsum_app {A} (f : A -> R) l l' : fsum f (l ++ l') = fsum f l + fsum f l'.
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma fsum_flat_map {A B} (f : B -> R) (g : A -> list B) l :
  fsum f (flat_map g l) = fsum (fun a => fsum f (g a)) l.
Proof. induction l as [|a l IH]; simpl; auto. now rewrite fsum_app, IH. Qed.
Lemma fsum_seq (f : nat -> R) n : fsum f (seq 0 n) = sum n f.
Proof.
  induction n as [|n IH]; auto. rewrite seq_S, fsum_app, IH. simpl. ring.
Qed.
Lemma fsum_scaled s l z : fsum (term_value z) (map (scaled s) l) = IZR s * fsum (term_value z) l.
Proof.
  rewrite fsum_map, <- fsum_scal. apply fsum_ext. intros t _. unfold term_value, scaled. simpl.
  rewrite mult_IZR. ring.
Qed.
Lemma fsum_nth {A} (f : A -> R) l a0 : fsum f l = sum (length l) (fun k => f (nth k l a0)).
Proof. induction l as [|a l IH]; auto. simpl length. rewrite sum_shift. cbn [nth]. rewrite <- IH. reflexivity. Qed.
Lemma fsum_filter {A} (f : A -> R) g l :
  (forall a, In a l -> g a = false -> f a = 0) -> fsum f (filter g l) = fsum f l.
Proof.
  induction l as [|a l IH]; intros H; simpl; auto.
  rewrite <- IH by (intros; apply H; simpl; auto). destruct (g a) eqn:E; simpl; auto.
  rewrite (H a); simpl; auto. ring.
Qed.
Lemma squares_ge0_terms l z : nonnegative_weights l = true -> 0 <= fsum (term_value z) (map square l).
Proof.
  intros H. unfold nonnegative_weights in H. rewrite forallb_forall in H. rewrite fsum_map.
  apply fsum_ge0. intros kr Hk. specialize (H kr Hk). apply Z.leb_le, IZR_le in H.
  unfold term_value, square. simpl. rewrite Rmult_assoc. apply Rmult_le_pos; auto.
  apply Rle_0_sqr.
Qed.

(** ** Segments *)
Definition ldot (r : row) (l : list R) : R := rdot r (fun a => nth a l 0).
Lemma ldot_app r1 r2 l1 l2 : length r1 = length l1 ->
  ldot (r1 ++ r2) (l1 ++ l2) = ldot r1 l1 + ldot r2 l2.
Proof.
  intros H. unfold ldot, rdot. rewrite app_length, sum_split. f_equal.
  - apply sum_ext. intros a Ha. unfold zvec. rewrite !app_nth1 by lia. reflexivity.
  - apply sum_ext. intros a Ha. unfold zvec. rewrite !app_nth2 by lia.
    replace (length r1 + a - length r1)%nat with a by lia.
    replace (length r1 + a - length l1)%nat with a by lia. reflexivity.
Qed.
Lemma ldot_zeros n l : ldot (zeros n) l = 0. Proof. apply rdot_zeros. Qed.
Lemma ldot_flat (seg : nat -> row) (val : nat -> list R) l :
  (forall i, In i l -> length (seg i) = length (val i)) ->
  length (flat_map seg l) = length (flat_map val l)
  /\ ldot (flat_map seg l) (flat_map val l) = fsum (fun i => ldot (seg i) (val i)) l.
Proof.
  induction l as [|i l IH]; intros H; simpl.
  - split; [reflexivity | exact (rdot_zeros 0 _)].
  - destruct IH as [A B]; [intros; apply H; simpl; auto|].
    assert (Hi : length (seg i) = length (val i)) by (apply H; simpl; auto).
    split; [rewrite !app_length; lia|]. rewrite ldot_app, B; auto.
Qed.
Lemma ldot_unit n j (f : nat -> R) : (j < n)%nat -> ldot (unit_row n j) (map f (seq 0 n)) = f j.
Proof.
  intros Hj. unfold ldot, rdot, unit_row. rewrite length_add_at, length_zeros.
  rewrite (sum_single n _ j Hj).
  - rewrite zvec_add_at by (rewrite length_zeros; auto). rewrite zvec_zeros, nth_seq_map by auto.
    unfold unit_vector. rewrite Nat.eqb_refl. ring.
  - intros a Ha Hne. rewrite zvec_add_at by (rewrite length_zeros; auto). rewrite zvec_zeros.
    unfold unit_vector. destruct (Nat.eqb_spec j a); [congruence | ring].
Qed.
Lemma ldot_unit_nth n a l : length l = n -> (a < n)%nat -> ldot (unit_row n a) l = nth a l 0.
Proof.
  intros Hl Ha. rewrite <- (ldot_unit n a (fun a => nth a l 0) Ha). unfold ldot. apply rdot_ext.
  intros c Hc. unfold unit_row in Hc. rewrite length_add_at, length_zeros in Hc. now rewrite nth_seq_map.
Qed.
Lemma ldot_map u (ts : list row) v : length u = length ts ->
  ldot u (map (fun t => rdot t v) ts) = sum (length ts) (fun a => zvec u a * rdot (nth a ts []) v).
Proof.
  intros H. unfold ldot, rdot at 1. rewrite H. apply sum_ext. intros a Ha.
  rewrite (nth_map_lt _ ts a []) by auto. reflexivity.
Qed.
Definition size1 (r : row) : R := sum (length r) (fun a => Rabs (zvec r a)).
Definition labs (l : list R) : R := fsum Rabs l.
Lemma labs_pos l : 0 <= labs l. Proof. apply fsum_ge0. intros; apply Rabs_pos. Qed.
Lemma size1_pos r : 0 <= size1 r. Proof. apply sum_ge0. intros; apply Rabs_pos. Qed.
Lemma nth_labs a l : Rabs (nth a l 0) <= labs l.
Proof.
  revert a. induction l as [|t l IH]; intros [|a]; simpl; unfold labs in *; simpl.
  - rewrite Rabs_R0. lra.
  - rewrite Rabs_R0. lra.
  - pose proof (labs_pos l). unfold labs in *. lra.
  - specialize (IH a). pose proof (Rabs_pos t). lra.
Qed.
Lemma ldot_bound r l : Rabs (ldot r l) <= size1 r * labs l.
Proof.
  unfold ldot, rdot, size1. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal_r.
  apply sum_le. intros a _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos | apply nth_labs].
Qed.
Definition lsquares (l : list R) : R := fsum (fun t => t ^ 2) l.
Lemma lsquares_pos l : 0 <= lsquares l. Proof. apply fsum_ge0. intros; apply pow2_ge_0. Qed.
Lemma labs_square l : labs l ^ 2 <= INR (length l) * lsquares l.
Proof.
  induction l as [|t l IH]; [unfold labs, lsquares; simpl; lra|].
  assert (E1 : labs (t :: l) = Rabs t + labs l) by reflexivity.
  assert (E2 : lsquares (t :: l) = Rabs t ^ 2 + lsquares l) by (rewrite pow2_abs; reflexivity).
  rewrite E1, E2. simpl length. rewrite S_INR. set (n := INR (length l)) in *.
  assert (Hn : 0 <= n) by apply pos_INR. pose proof (lsquares_pos l) as Hs.
  destruct (Req_dec n 0) as [H0|H0].
  - assert (labs l = 0).
    { assert (labs l ^ 2 <= 0) by (rewrite H0 in IH; lra). pose proof (pow2_ge_0 (labs l)).
      assert (labs l ^ 2 = 0) by lra. simpl in H2. nra. }
    rewrite H, H0. simpl. lra.
  - assert (Hp : 0 < n) by lra. set (a := Rabs t) in *. set (s := labs l) in *.
    assert (A : 0 <= (n * a - s) ^ 2) by apply pow2_ge_0.
    assert (B : 2 * a * s <= n * a ^ 2 + s ^ 2 / n).
    { apply (Rmult_le_reg_l n); auto. replace (n * (n * a ^ 2 + s ^ 2 / n)) with (n ^ 2 * a ^ 2 + s ^ 2)
        by (field; lra). lra. }
    assert (C : s ^ 2 / n <= lsquares l).
    { apply (Rmult_le_reg_l n); auto. replace (n * (s ^ 2 / n)) with (s ^ 2) by (field; lra). exact IH. }
    lra.
Qed.
Lemma fsum_only i l (val : nat -> R) : NoDup l -> In i l ->
  fsum (fun i' => if Nat.eqb i i' then val i' else 0) l = val i.
Proof.
  induction l as [|i' l IH]; intros Hd Hin; [contradiction|]. inversion Hd; subst. simpl.
  destruct Hin as [->|Hin].
  - rewrite Nat.eqb_refl. assert (E : fsum (fun i' => if Nat.eqb i i' then val i' else 0) l = 0); [|lra].
    clear IH Hd H2. induction l as [|a l IH]; simpl; auto. destruct (Nat.eqb_spec i a) as [->|].
    + exfalso. apply H1. simpl; auto.
    + rewrite IH; [ring|]. intros Hi. apply H1. simpl; auto.
  - rewrite IH by auto. destruct (Nat.eqb_spec i i') as [->|]; [contradiction | ring].
Qed.
