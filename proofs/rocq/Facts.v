(** What the prepared integers mean: each is a positive constant times the real quantity. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Integers Prepare.
Import ListNotations.
Local Open Scope R_scope.

Lemma Q2R_num q : Q2R q * IZR (Zpos (Qden q)) = IZR (Qnum q).
Proof. unfold Q2R. pose proof (IZR_Zpos (Qden q)). field. lra. Qed.
Lemma Q2R_pos q : (0 < Qnum q)%Z -> 0 < Q2R q.
Proof.
  intros H. unfold Q2R. apply Rmult_lt_0_compat; [now apply IZR_lt|].
  apply Rinv_0_lt_compat, IZR_Zpos.
Qed.
Lemma rows_of_length_nth {K} n (M : list (list K)) k : rows_of_length n M = true -> (k < length M)%nat ->
  length (nth k M []) = n.
Proof. intros H Hk. apply Nat.eqb_eq. apply (forallb_nth _ M [] H k Hk). Qed.
Lemma clear_rows_sized n Dd M : rows_of_length n M = true -> all_sized n (clear_rows Dd M).
Proof.
  intros H r Hr. apply in_map_iff in Hr as [l [<- Hl]]. unfold clear_row. rewrite map_length.
  unfold rows_of_length in H. rewrite forallb_forall in H. apply Nat.eqb_eq. now apply H.
Qed.
Lemma nth_seq_map {A} (f : nat -> A) n k dflt : (k < n)%nat -> nth k (map f (seq 0 n)) dflt = f k.
Proof.
  intros H. rewrite (nth_map_lt f (seq 0 n) k 0%nat) by (now rewrite seq_length).
  now rewrite seq_nth.
Qed.

Section Facts.
Variables (S : setting) (P : parameters) (D : denominators).
Hypothesis Hok : prepare_ok S P D = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (m P). Notation N := (points p). Notation J := (outputs p). Notation d := (d S).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))). Notation DY := (IZR (Zpos (den_y D))).
Notation DS := (IZR (Zpos (den_slopes S))).
Notation DE := (IZR (Zpos (unit_e S D))).

Lemma ok_parts :
  well_formed S P = true /\ divides_rows (den_x D) (augmented_x S) = true
  /\ divides_rows (den_w D) (augmented_w S P) = true /\ divides_rows (den_v D) (par_v P) = true
  /\ divides_rows (den_y D) (data_y S) = true /\ divides_c P D = true
  /\ unit_e S D = (factor_target D * den_y D)%positive
  /\ each_ok (den_x D) (rows_x D) (augmented_x S) = true
  /\ each_ok (den_w D) (rows_w D) (augmented_w S P) = true.
Proof.
  unfold prepare_ok in Hok. repeat rewrite andb_true_iff in Hok. rewrite Pos.eqb_eq in Hok. tauto.
Qed.
Lemma form_parts :
  rows_of_length (input_dimension S) (data_x S) = true
  /\ rows_of_length J (data_y S) = true /\ length (data_y S) = N
  /\ rows_of_length (input_dimension S) (par_w P) = true
  /\ rows_of_length m (par_v P) = true /\ length (par_v P) = J
  /\ length (par_c P) = (if with_output_bias S then J else 0)%nat
  /\ (0 < Qnum (loss_scale S))%Z.
Proof.
  destruct ok_parts as [H _]. unfold well_formed, well_shaped in H. repeat rewrite andb_true_iff in H.
  rewrite !Nat.eqb_eq, Z.ltb_lt in H. unfold p; simpl. unfold Prepare.m. tauto.
Qed.

Lemma scale_positive : 0 < scale p.
Proof. apply Q2R_pos. apply form_parts. Qed.
Lemma d_inputs : inputs p = d.
Proof. reflexivity. Qed.

Lemma augmented_sized (n : nat) M (last : list Q -> Q) : rows_of_length n M = true ->
  rows_of_length ((if with_hidden_biases S then 1 else 0) + n)
    (map (fun r => augmented S r (last r)) M) = true.
Proof.
  unfold rows_of_length. rewrite !forallb_forall. intros H r Hr.
  apply in_map_iff in Hr as [r' [<- Hr]]. specialize (H r' Hr). rewrite Nat.eqb_eq in *.
  unfold augmented. destruct (with_hidden_biases S); rewrite ?app_length; simpl; lia.
Qed.
Lemma length_X : length (X S D) = N.
Proof. unfold X, clear_rows, augmented_x. now rewrite !map_length. Qed.
Lemma sized_X : all_sized d (X S D).
Proof.
  apply clear_rows_sized. apply (augmented_sized _ _ (fun _ => 1%Q)). apply form_parts.
Qed.
Lemma X_spec k a : zmat (X S D) k a = DX * input p k a.
Proof. apply clear_rows_spec. apply ok_parts. Qed.
Lemma length_W : length (W S P D) = m.
Proof. unfold W, clear_rows, augmented_w. now rewrite !map_length, seq_length. Qed.
Lemma sized_W : all_sized d (W S P D).
Proof.
  apply clear_rows_sized. unfold rows_of_length. apply forallb_forall. intros r Hr.
  unfold augmented_w in Hr. apply in_map_iff in Hr as [i [<- Hi]]. apply in_seq in Hi.
  apply Nat.eqb_eq. assert (Hl : length (nth i (par_w P) []) = input_dimension S)
    by (apply rows_of_length_nth; [apply form_parts | lia]).
  unfold augmented, d. destruct (with_hidden_biases S); rewrite ?app_length; simpl; lia.
Qed.
Lemma W_spec i a : zmat (W S P D) i a = DW * w P0 i a.
Proof. apply clear_rows_spec. apply ok_parts. Qed.
Lemma length_V : length (V P D) = J.
Proof. unfold V, clear_rows. rewrite map_length. apply form_parts. Qed.
Lemma sized_V : all_sized m (V P D).
Proof. apply clear_rows_sized. apply form_parts. Qed.
Lemma V_spec i j : zmat (V P D) j i = DV * h P0 i j.
Proof. apply clear_rows_spec. apply ok_parts. Qed.

Lemma zdot_rows u v : length u = d -> length v = d ->
  IZR (zdot u v) = Definitions.dot p (zvec u) (zvec v).
Proof. intros Hu Hv. now apply zdot_sum. Qed.

(** The rows with denominators of their own. *)
Definition RX (k : nat) : R := IZR (Zpos (nth k (rows_x D) 1%positive)).
Definition RW (i : nat) : R := IZR (Zpos (nth i (rows_w D) 1%positive)).
Lemma RWX_pos i k : 0 < RW i * RX k.
Proof. apply Rmult_lt_0_compat; apply IZR_Zpos. Qed.

Lemma length_augmented_x : length (augmented_x S) = N.
Proof. unfold augmented_x. now rewrite map_length. Qed.
Lemma length_augmented_w : length (augmented_w S P) = m.
Proof. unfold augmented_w. now rewrite map_length, seq_length. Qed.
Lemma X_rows_spec : length (rows_x D) = N /\ length (X_rows S D) = N /\ forall k, (k < N)%nat ->
  length (nth k (X_rows S D) []) = d /\ (forall a, zmat (X_rows S D) k a = RX k * input p k a)
  /\ RX k * zvec (cofactors (den_x D) (rows_x D)) k = DX.
Proof.
  destruct ok_parts as (_ & _ & _ & _ & _ & _ & _ & H & _).
  apply each_spec in H as (A & B & C). rewrite length_augmented_x in *.
  split; [exact A|]. split; [exact B|]. intros k Hk. destruct (C k Hk) as (C1 & C2 & C3).
  split; [|split; [exact C2 | exact C3]]. unfold X_rows. rewrite C1.
  apply (rows_of_length_nth d); [|rewrite length_augmented_x; exact Hk].
  apply (augmented_sized _ _ (fun _ => 1%Q)). apply form_parts.
Qed.
Lemma W_rows_spec : length (rows_w D) = m /\ length (W_rows S P D) = m /\ forall i, (i < m)%nat ->
  length (nth i (W_rows S P D) []) = d /\ (forall a, zmat (W_rows S P D) i a = RW i * w P0 i a)
  /\ RW i * zvec (cofactors (den_w D) (rows_w D)) i = DW.
Proof.
  destruct ok_parts as (_ & _ & _ & _ & _ & _ & _ & _ & H).
  apply each_spec in H as (A & B & C). rewrite length_augmented_w in *.
  split; [exact A|]. split; [exact B|]. intros i Hi. destruct (C i Hi) as (C1 & C2 & C3).
  split; [|split; [exact C2 | exact C3]]. unfold W_rows. rewrite C1.
  assert (E := sized_W). unfold W, clear_rows in E.
  assert (Hl : length (clear_row (den_w D) (nth i (augmented_w S P) [])) = d).
  { apply E. apply in_map. apply nth_In. now rewrite length_augmented_w. }
  unfold clear_row in Hl. now rewrite map_length in Hl.
Qed.

Lemma length_T : length (T S P D) = m.
Proof. unfold T. rewrite map_length. apply W_rows_spec. Qed.
Lemma T_row i : (i < m)%nat ->
  nth i (T S P D) [] = preactivations (X_rows S D) (nth i (W_rows S P D) []).
Proof. intros Hi. unfold T. apply nth_map_lt. destruct W_rows_spec as (_ & -> & _). exact Hi. Qed.
Lemma length_T_row i : (i < m)%nat -> length (nth i (T S P D) []) = N.
Proof. intros Hi. rewrite T_row by auto. unfold preactivations. rewrite map_length. apply X_rows_spec. Qed.
Lemma sized_T : all_sized N (T S P D).
Proof.
  intros r Hr. apply (In_nth _ _ []) in Hr as [i [Hi <-]]. apply length_T_row.
  pose proof length_T. lia.
Qed.

Lemma T_spec i k : (i < m)%nat -> (k < N)%nat ->
  zmat (T S P D) i k = RW i * RX k * Definitions.dot p (w P0 i) (input p k).
Proof.
  intros Hi Hk. destruct X_rows_spec as (_ & Hlx & HX). destruct W_rows_spec as (_ & _ & HW).
  destruct (HX k Hk) as (A & B & _). destruct (HW i Hi) as (A' & B' & _).
  unfold zmat. rewrite T_row by auto. unfold zvec, preactivations.
  rewrite (nth_map_lt _ (X_rows S D) k []) by (rewrite Hlx; exact Hk). rewrite zdot_rows by auto.
  unfold Definitions.dot. rewrite <- sum_scal. apply sum_ext. intros a _.
  change (zvec (nth i (W_rows S P D) []) a) with (zmat (W_rows S P D) i a).
  change (zvec (nth k (X_rows S D) []) a) with (zmat (X_rows S D) k a). rewrite B, B'. ring.
Qed.

(** The pre-activations over the common denominators. *)
Lemma DXW_pos : 0 < DW * DX.
Proof. apply Rmult_lt_0_compat; apply IZR_Zpos. Qed.
Lemma common_preactivation i k : (i < m)%nat -> (k < N)%nat ->
  IZR (zdot (nth i (W S P D) []) (nth k (X S D) [])) =
  DW * DX * Definitions.dot p (w P0 i) (input p k).
Proof.
  intros Hi Hk. rewrite zdot_rows.
  - unfold Definitions.dot. rewrite <- sum_scal. apply sum_ext. intros a _.
    change (zvec (nth i (W S P D) []) a) with (zmat (W S P D) i a).
    change (zvec (nth k (X S D) []) a) with (zmat (X S D) k a). rewrite W_spec, X_spec. ring.
  - apply all_sized_nth; [apply sized_W | now rewrite length_W].
  - apply all_sized_nth; [apply sized_X | now rewrite length_X].
Qed.

Lemma plus_spec : IZR (plus S) = DS * slope_plus p.
Proof.
  unfold plus, den_slopes. rewrite Pos2Z.inj_mul, !mult_IZR. unfold p; simpl.
  rewrite <- (Q2R_num (fst (activation_slopes S))). ring.
Qed.
Lemma minus_spec : IZR (minus S) = DS * slope_minus p.
Proof.
  unfold minus, den_slopes. rewrite Pos2Z.inj_mul, !mult_IZR. unfold p; simpl.
  rewrite <- (Q2R_num (snd (activation_slopes S))). ring.
Qed.

Lemma act_spec t s tau : 0 < s -> IZR t = s * tau -> IZR (act S t) = DS * s * rho p tau.
Proof.
  intros Hs Ht. unfold act, rho. destruct t as [|q|q].
  - assert (tau = 0) by (apply (Rmult_eq_reg_l s); lra). subst tau.
    destruct (Rlt_dec 0 0); rewrite mult_IZR; simpl; lra.
  - assert (0 < tau). { apply (Rmult_lt_reg_l s); auto. rewrite Rmult_0_r, <- Ht. now apply IZR_lt. }
    destruct (Rlt_dec 0 tau); [|lra]. rewrite mult_IZR, plus_spec, Ht. ring.
  - assert (tau < 0). { apply (Rmult_lt_reg_l s); auto. rewrite Rmult_0_r, <- Ht. now apply IZR_lt. }
    destruct (Rlt_dec 0 tau); [lra|]. rewrite mult_IZR, minus_spec, Ht. ring.
Qed.

Lemma length_E : length (residual_rows S P D (T S P D)) = J.
Proof.
  unfold residual_rows. cbv zeta. rewrite map_length, combine_length, seq_length, length_V. apply Nat.min_id.
Qed.
Lemma E_row j : (j < J)%nat -> nth j (residual_rows S P D (T S P D)) [] =
  residual_row S P D (map (map (act S)) (T S P D)) j (nth j (V P D) []).
Proof.
  intros Hj. unfold residual_rows. cbv zeta.
  etransitivity; [apply (nth_map_lt _ _ j (0%nat, [])); rewrite combine_length, seq_length, length_V;
    change (output_dimension S) with J; lia|].
  rewrite combine_nth by (rewrite seq_length, length_V; reflexivity).
  simpl fst. simpl snd. now rewrite seq_nth.
Qed.
Lemma sized_acts : all_sized N (map (map (act S)) (T S P D)).
Proof.
  intros r Hr. apply in_map_iff in Hr as [t [<- Ht]]. rewrite map_length. now apply sized_T.
Qed.
Lemma length_shift j : length (map (output_shift S P D j) (data_y S)) = N.
Proof. rewrite map_length. apply form_parts. Qed.
Definition network_row (j : nat) : row := zmul (cofactors (den_x D) (rows_x D))
  (lincomb N (zmul (cofactors (den_w D) (rows_w D)) (nth j (V P D) [])) (map (map (act S)) (T S P D))).
Lemma predictions_length j : (j < J)%nat -> length (network_row j) = N
  /\ length (zmul (cofactors (den_w D) (rows_w D)) (nth j (V P D) [])) = m.
Proof.
  intros Hj.
  assert (Hv : length (nth j (V P D) []) = m) by (apply all_sized_nth; [apply sized_V | now rewrite length_V]).
  split.
  - apply zmul_spec.
    + unfold cofactors. rewrite map_length. apply X_rows_spec.
    + apply length_lincomb, sized_acts.
  - apply zmul_spec; auto. unfold cofactors. rewrite map_length. apply W_rows_spec.
Qed.
Lemma network_row_spec j k : (j < J)%nat -> (k < N)%nat -> zvec (network_row j) k =
  DV * DS * (DW * DX) * sum m (fun i => h P0 i j * rho p (Definitions.dot p (w P0 i) (input p k))).
Proof.
  intros Hj Hk. destruct (predictions_length j Hj) as [_ Hl].
  assert (Hv : length (nth j (V P D) []) = m) by (apply all_sized_nth; [apply sized_V | now rewrite length_V]).
  unfold network_row.
  destruct (zmul_spec N (cofactors (den_x D) (rows_x D)) (lincomb N (zmul (cofactors (den_w D) (rows_w D))
    (nth j (V P D) [])) (map (map (act S)) (T S P D)))) as [_ ->].
  { unfold cofactors. rewrite map_length. apply X_rows_spec. }
  { apply length_lincomb, sized_acts. }
  rewrite (lincomb_spec N m) by first [ apply sized_acts | rewrite map_length; apply length_T | exact Hl ].
  destruct X_rows_spec as (_ & _ & HX). destruct (HX k Hk) as (_ & _ & HXk).
  rewrite <- HXk, <- sum_scal, <- sum_scal. apply sum_ext. intros i Hi.
  destruct (zmul_spec m (cofactors (den_w D) (rows_w D)) (nth j (V P D) [])) as [_ ->]; auto.
  { unfold cofactors. rewrite map_length. apply W_rows_spec. }
  change (zvec (nth j (V P D) []) i) with (zmat (V P D) j i). rewrite V_spec.
  destruct W_rows_spec as (_ & _ & HW). destruct (HW i Hi) as (_ & _ & HWi).
  unfold zmat. rewrite (nth_map_lt _ _ i []) by (now rewrite length_T).
  unfold zvec at 3. rewrite (nth_map_lt _ _ k 0%Z) by (now rewrite length_T_row).
  rewrite (act_spec _ (RW i * RX k) (Definitions.dot p (w P0 i) (input p k)) (RWX_pos i k)).
  - rewrite <- HWi. ring.
  - apply (T_spec i k Hi Hk).
Qed.

Lemma length_E_row j : (j < J)%nat -> length (nth j (residual_rows S P D (T S P D)) []) = N.
Proof.
  intros Hj. rewrite E_row by auto. unfold residual_row. change (length (data_x S)) with N.
  destruct (predictions_length j Hj) as [A _].
  rewrite length_vadd; rewrite !length_smul; [exact A|]. rewrite length_shift. exact A.
Qed.

Lemma clear_entry q : divides (den_y D) q = true -> IZR (clear (den_y D) q) = DY * Q2R q.
Proof. apply clear_spec. Qed.

Lemma E_spec j k : (j < J)%nat -> (k < N)%nat ->
  zmat (residual_rows S P D (T S P D)) j k = DE * residual p P0 k j.
Proof.
  intros Hj Hk. unfold zmat. rewrite E_row by auto. unfold residual_row.
  change (length (data_x S)) with N. fold (network_row j).
  destruct (predictions_length j Hj) as [A _].
  rewrite zvec_vadd by (rewrite !length_smul, length_shift; exact A). rewrite !zvec_smul.
  rewrite network_row_spec by auto.
  assert (Y : IZR (output_shift S P D j (nth k (data_y S) [])) =
     DY * ((if has_output_bias p then c P0 j else 0) - target p k j)).
  { unfold output_shift. rewrite minus_IZR, clear_entry.
    2:{ destruct ok_parts as (_ & _ & _ & _ & Hy & _). unfold divides_rows in Hy.
        destruct form_parts as (_ & Hl & Hlen & _).
        apply forallb_nth; [apply forallb_nth; auto; rewrite Hlen; auto|].
        rewrite (rows_of_length_nth J) by (auto; rewrite Hlen; auto). exact Hj. }
    destruct form_parts as (_ & _ & _ & _ & _ & _ & Hc & _). unfold p, P0; simpl.
    destruct (with_output_bias S).
    - rewrite clear_entry; [simpl; unfold entry2, entry; ring|].
      apply forallb_nth; [apply ok_parts | rewrite Hc; exact Hj].
    - simpl; unfold entry2, entry. ring. }
  unfold zvec at 1. rewrite (nth_map_lt _ _ k []) by (destruct form_parts as (_ & _ & -> & _); auto).
  rewrite Y.
  assert (U1 : DE = IZR (Zpos (factor_network D)) * (DV * DS * (DW * DX))).
  { unfold unit_e. rewrite !Pos2Z.inj_mul, !mult_IZR. ring. }
  assert (U2 : DE = IZR (Zpos (factor_target D)) * DY).
  { destruct ok_parts as (_ & _ & _ & _ & _ & _ & -> & _). rewrite Pos2Z.inj_mul, mult_IZR. ring. }
  transitivity (DE * sum m (fun i => h P0 i j * rho p (Definitions.dot p (w P0 i) (input p k)))
    + DE * ((if has_output_bias p then c P0 j else 0) - target p k j)).
  - f_equal; [rewrite U1 | rewrite U2]; ring.
  - unfold residual, prediction. change (width P0) with m. ring.
Qed.
End Facts.
