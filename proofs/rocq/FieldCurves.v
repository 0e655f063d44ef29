(** Not a local minimum, over an exact arithmetic: along a polynomial curve the loss is a polynomial
    in the parameter tau, and the lowest coefficient of its change is negative. *)
From Coq Require Import Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Functional Curves
  Arithmetic FieldChecks FieldSoundness.
Import ListNotations.

(** For some neurons the coefficients of tau, tau^2, ... of w_i and of h_i, and those of c. *)
Record field_curve (L : Type) := FieldCurve {
  field_curve_neurons : list (nat * (list (list L) * list (list L)));
  field_curve_bias : list (list L) }.
Arguments field_curve_neurons {L}. Arguments field_curve_bias {L}.

(** ** Polynomials in tau *)
Section Polynomials.
Context {L : Type} {A : arithmetic L}.
Notation K := (carrier A).
Fixpoint curve_add (f g : list K) : list K :=
  match f, g with
  | [], _ => g | _, [] => f | a :: f', b :: g' => add a b :: curve_add f' g'
  end.
Definition curve_scale (a : K) (f : list K) : list K := map (mul a) f.
Fixpoint curve_mul (f g : list K) : list K :=
  match f with [] => [] | a :: f' => curve_add (curve_scale a g) (nought :: curve_mul f' g) end.
Fixpoint curve_total (n : nat) (f : nat -> list K) : list K :=
  match n with O => [] | S k => curve_add (curve_total k f) (f k) end.
(** The sign for small tau > 0: that of the lowest coefficient that is not 0. *)
Fixpoint early_sign (f : list K) : sign :=
  match f with
  | [] => Zero | a :: f' => match sign_of a with Zero => early_sign f' | s => s end
  end.

Context {meaning : numbers L} {value : K -> R} (Hs : sound A value).
Local Open Scope R_scope.
Fixpoint curve_value (f : list K) (t : R) : R :=
  match f with [] => 0 | a :: f' => value a + t * curve_value f' t end.
Lemma value_curve_add f g t : curve_value (curve_add f g) t = curve_value f t + curve_value g t.
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; try lra.
  rewrite IH, (value_add A value Hs). lra.
Qed.
Lemma value_curve_scale a f t : curve_value (curve_scale a f) t = value a * curve_value f t.
Proof. induction f as [|b f IH]; simpl; [lra|]. rewrite IH, (value_mul A value Hs). lra. Qed.
Lemma value_curve_mul f g t : curve_value (curve_mul f g) t = curve_value f t * curve_value g t.
Proof.
  induction f as [|a f IH]; simpl; [lra|].
  rewrite value_curve_add, value_curve_scale. simpl. rewrite IH, (value_nought Hs). lra.
Qed.
Lemma value_curve_total n f t : curve_value (curve_total n f) t = sum n (fun k => curve_value (f k) t).
Proof. induction n as [|n IH]; simpl; [reflexivity|]. now rewrite value_curve_add, IH. Qed.

Lemma curve_bounded f : exists B, 0 < B /\ forall t, 0 < t < 1 -> Rabs (curve_value f t) <= B.
Proof.
  induction f as [|a f [B [HB H]]].
  - exists 1. split; [lra|]. intros t _. simpl. rewrite Rabs_R0. lra.
  - exists (Rabs (value a) + B). pose proof (Rabs_pos (value a)). split; [lra|].
    intros t Ht. simpl. specialize (H t Ht). eapply Rle_trans; [apply Rabs_triang|].
    rewrite Rabs_mult, (Rabs_right t) by lra. pose proof (Rabs_pos (curve_value f t)). nra.
Qed.
Lemma curve_small f eps : 0 < eps -> eventually (fun t => Rabs (t * curve_value f t) < eps).
Proof.
  intros He. destruct (curve_bounded f) as [B [HB H]].
  exists (Rmin 1 (eps / B)). assert (0 < eps / B) by (apply Rdiv_lt_0_compat; lra).
  split; [apply Rmin_glb_lt; lra|]. intros t Ht.
  pose proof (Rmin_l 1 (eps / B)). pose proof (Rmin_r 1 (eps / B)).
  specialize (H t ltac:(lra)). rewrite Rabs_mult, (Rabs_right t) by lra.
  assert (eps / B * B = eps) by (field; lra). pose proof (Rabs_pos (curve_value f t)). nra.
Qed.
Lemma early_sign_spec f : match early_sign f with
  | Zero => forall t, curve_value f t = 0 | Undecided => True
  | Positive => eventually (fun t => 0 < curve_value f t)
  | Negative => eventually (fun t => curve_value f t < 0) end.
Proof.
  induction f as [|a f IH]; [intros t; reflexivity|]. cbn [early_sign].
  pose proof (value_sign A value Hs a) as Ha. destruct (sign_of a); simpl in Ha; auto.
  - apply (eventually_impl _ _ (curve_small f (- value a) ltac:(lra))). intros t _ H.
    apply Rabs_def2 in H. simpl. lra.
  - destruct (early_sign f); auto.
    + apply (eventually_impl _ _ IH). intros t Ht H. simpl. nra.
    + intros t. simpl. rewrite Ha, (IH t). lra.
    + apply (eventually_impl _ _ IH). intros t Ht H. simpl. nra.
  - apply (eventually_impl _ _ (curve_small f (value a) ltac:(lra))). intros t _ H.
    apply Rabs_def2 in H. simpl. lra.
Qed.
End Polynomials.

(** ** The checker *)
Section Checker.
Context {L : Type} (A : arithmetic L) (S : setting_over L) (P : parameters_over L) (x : field_curve L).
Notation K := (carrier A).
Notation d := (size_d S). Notation N := (length (data_x S)). Notation J := (output_dimension S).
Notation m := (length (par_w P)).
Definition column_of (rows : list (list L)) (a : nat) : list K := map (fun r => entry_of A r a) rows.
Definition curve_part (i : nat) : list (list L) * list (list L) :=
  lookup ([], []) i (field_curve_neurons x).
Section Point.
Variable z : point A.
Definition w_curve (i a : nat) : list K :=
  entry2_of A (@augmented_w _ (shape A) S P) i a :: column_of (fst (curve_part i)) a.
Definition h_curve (i j : nat) : list K := z_h A z i j :: column_of (snd (curve_part i)) j.
Definition c_curve (j : nat) : list K := entry_of A (par_c P) j :: column_of (field_curve_bias x) j.
Definition t_curve (i k : nat) : list K :=
  curve_total d (fun a => curve_scale (z_x A z k a) (w_curve i a)).
Definition act_curve (f : list K) : list K :=
  match early_sign f with Positive => curve_scale (z_plus A z) f | _ => curve_scale (z_minus A z) f end.
Definition e_curve (acts : nat -> nat -> list K) (k j : nat) : list K :=
  curve_add (curve_add (if with_output_bias S then c_curve j else [])
                       (curve_total m (fun i => curve_mul (h_curve i j) (acts i k))))
            [opp (entry2_of A (data_y S) k j)].
(** L(P(tau)) - L(P) *)
Definition loss_change (ts : nat -> nat -> list K) : list K :=
  let acts := tabulate2 [] m N (fun i k => act_curve (ts i k)) in
  curve_add (curve_scale (z_scale A z) (curve_total N (fun k => curve_total J (fun j =>
               let e := e_curve acts k j in curve_mul e e))))
            [opp (loss_of A S z)].
Definition curve_fits : bool :=
  forallb (fun part => Nat.ltb (fst part) m && rows_of_length d (fst (snd part))
                       && rows_of_length J (snd (snd part))) (field_curve_neurons x)
  && rows_of_length J (field_curve_bias x)
  && (with_output_bias S || Nat.eqb (length (field_curve_bias x)) 0).
Definition descends : bool :=
  let ts := tabulate2 [] m N t_curve in
  curve_fits && all m (fun i => all N (fun k => decided (early_sign (ts i k))))
  && match early_sign (loss_change ts) with Negative => true | _ => false end.
End Point.
Definition check_field_not_local_minimum : bool := with_point A S P descends.
End Checker.

Local Open Scope R_scope.
Section Soundness.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L) (x : field_curve L).
Notation z := (prepared A S P).
Hypothesis Hok : point_ok A S P z = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation N := (length (data_x S)). Notation J := (output_dimension S). Notation d := (size_d S).
Notation m := (length (par_w P)).
Notation at_tau f t := (curve_value (value := value) f t).

Definition network_at (t : R) : network := Network m
  (fun i a => at_tau (w_curve A S P x i a) t) (fun i j => at_tau (h_curve A x z i j) t)
  (fun j => at_tau (c_curve A P x j) t).

Lemma network_near eps : 0 < eps -> eventually (fun t => near p eps P0 (network_at t)).
Proof.
  intros He.
  assert (H : forall a f, eventually (fun t => Rabs (at_tau (a :: f) t - value a) < eps)).
  { intros a f. apply (eventually_impl _ _ (curve_small (value := value) f eps He)). intros t _ H. simpl.
    now replace (value a + t * at_tau f t - value a) with (t * at_tau f t) by ring. }
  assert (H1 : eventually (fun t => forall i, (i < m)%nat -> forall a, (a < d)%nat ->
    Rabs (w (network_at t) i a - w P0 i a) < eps)).
  { apply eventually_all. intros i Hi. apply eventually_all. intros a Ha.
    apply (eventually_impl _ _ (H (entry2_of A (@augmented_w _ (shape A) S P) i a)
      (column_of A (fst (curve_part x i)) a))). intros t _ E. unfold network_at, w_curve. cbn [w].
    replace (w P0 i a) with (value (entry2_of A (@augmented_w _ (shape A) S P) i a)); [exact E|].
    rewrite (shape_w Hs). apply (read_entry Hs). }
  assert (H2 : eventually (fun t => forall i, (i < m)%nat -> forall j, (j < J)%nat ->
    Rabs (h (network_at t) i j - h P0 i j) < eps)).
  { apply eventually_all. intros i Hi. apply eventually_all. intros j Hj.
    apply (eventually_impl _ _ (H (z_h A z i j) (column_of A (snd (curve_part x i)) j))). intros t _ E. unfold network_at, h_curve. cbn [h].
    unfold P0. rewrite <- (h_value Hs S P i j Hi Hj). exact E. }
  assert (H3 : eventually (fun t => forall j, (j < J)%nat -> Rabs (c (network_at t) j - c P0 j) < eps)).
  { apply eventually_all. intros j Hj. apply (eventually_impl _ _ (H (entry_of A (par_c P) j) (column_of A (field_curve_bias x) j))). intros t _ E.
    unfold network_at, c_curve. cbn [c].
    replace (c P0 j) with (value (entry_of A (par_c P) j)) by apply (read_entry Hs). exact E. }
  apply (eventually_impl _ _ (eventually_and _ _ H1 (eventually_and _ _ H2 H3))).
  intros t _ (B1 & B2 & B3). split; [reflexivity|]. split; [|split; [|exact B3]]; intros; auto.
Qed.

Lemma t_curve_value i k t : (k < N)%nat ->
  at_tau (t_curve A S P x z i k) t = dot p (w (network_at t) i) (input p k).
Proof.
  intros Hk. unfold t_curve. rewrite (value_curve_total Hs). apply sum_ext. intros a Ha.
  rewrite (value_curve_scale Hs), (x_value Hs) by auto. apply Rmult_comm.
Qed.
Lemma act_curve_value i k : (k < N)%nat -> decided (early_sign (t_curve A S P x z i k)) = true ->
  eventually (fun t => at_tau (act_curve A z (t_curve A S P x z i k)) t
                       = rho p (dot p (w (network_at t) i) (input p k))).
Proof.
  intros Hk Hd. pose proof (early_sign_spec Hs (t_curve A S P x z i k)) as H.
  unfold act_curve. destruct (early_sign (t_curve A S P x z i k)); [| | |discriminate].
  - apply (eventually_impl _ _ H). intros t _ E. rewrite (value_curve_scale Hs), (minus_value Hs).
    rewrite t_curve_value in * by auto. unfold rho. destruct (Rlt_dec 0 _); [lra | reflexivity].
  - exists 1. split; [lra|]. intros t _. specialize (H t). rewrite (value_curve_scale Hs), H.
    rewrite t_curve_value in H by auto. rewrite H, rho_0. ring.
  - apply (eventually_impl _ _ H). intros t _ E. rewrite (value_curve_scale Hs), (plus_value Hs).
    rewrite t_curve_value in * by auto. unfold rho. destruct (Rlt_dec 0 _); [reflexivity | lra].
Qed.

Theorem descends_sound : descends A S P x z = true -> is_not_local_minimum S P.
Proof.
  unfold descends. cbv zeta. intros H. apply andb_prop in H as [H Hneg]. apply andb_prop in H as [_ Hd].
  set (ts := tabulate2 [] m N (t_curve A S P x z)) in *.
  assert (Hts : forall i k, (i < m)%nat -> (k < N)%nat -> ts i k = t_curve A S P x z i k)
    by (intros; now apply tabulate2_spec).
  pose proof (early_sign_spec Hs (loss_change A S P x z ts)) as Hc.
  destruct (early_sign (loss_change A S P x z ts)); try discriminate.
  apply (descent_is_not_minimum p P0 network_at network_near).
  assert (Hact : eventually (fun t => forall i, (i < m)%nat -> forall k, (k < N)%nat ->
    at_tau (act_curve A z (t_curve A S P x z i k)) t = rho p (dot p (w (network_at t) i) (input p k)))).
  { apply eventually_all. intros i Hi. apply eventually_all. intros k Hk. apply act_curve_value; auto.
    rewrite <- (Hts i k Hi Hk). exact (all_spec _ _ (all_spec _ _ Hd i Hi) k Hk). }
  apply (eventually_impl _ _ (eventually_and _ _ Hact Hc)). intros t _ [Ha E].
  enough (B : at_tau (loss_change A S P x z ts) t = loss p (network_at t) - loss p P0) by lra.
  unfold loss_change. cbv zeta. rewrite (value_curve_add Hs), (value_curve_scale Hs), (scale_value Hs).
  cbn [curve_value]. rewrite (value_opp A value Hs), (loss_value_sound Hs S P Hok), (value_curve_total Hs).
  fold p P0. unfold loss at 2. rewrite Rmult_0_r, Rplus_0_r. unfold Rminus. f_equal. f_equal.
  apply sum_ext. intros k Hk. rewrite (value_curve_total Hs). apply sum_ext. intros j Hj.
  cbv zeta. rewrite (value_curve_mul Hs).
  enough (F : at_tau (e_curve A S P x z (tabulate2 [] m N (fun i k => act_curve A z (ts i k))) k j) t
    = residual p (network_at t) k j) by (rewrite F; ring).
  unfold e_curve. rewrite !(value_curve_add Hs), (value_curve_total Hs). cbn [curve_value].
  rewrite (value_opp A value Hs). unfold entry2_of. rewrite (read_entry Hs).
  unfold residual, prediction. change (target p k j) with (entry (nth k (data_y S) []) j).
  replace (at_tau (if with_output_bias S then c_curve A P x j else []) t)
    with (if has_output_bias p then c (network_at t) j else 0)
    by (change (has_output_bias p) with (with_output_bias S); now destruct (with_output_bias S)).
  rewrite (sum_ext m _ (fun i => h (network_at t) i j * rho p (dot p (w (network_at t) i) (input p k)))).
  - change (width (network_at t)) with m. ring.
  - intros i Hi. rewrite (value_curve_mul Hs), tabulate2_spec, Hts, Ha by auto. reflexivity.
Qed.
End Soundness.

Theorem check_field_not_local_minimum_sound {L} {meaning : numbers L} {A : arithmetic L}
    {value : carrier A -> R} (Hs : sound A value) S P x :
  check_field_not_local_minimum A S P x = true -> is_not_local_minimum S P.
Proof.
  intros H. apply andb_prop in H as [Hok H]. exact (descends_sound Hs S P x Hok H).
Qed.
