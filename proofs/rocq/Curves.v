(** Not a local minimum: along a polynomial curve of any order the loss is a polynomial for small
    parameters, and its lowest coefficient is negative. *)
From Coq Require Import ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims Integers Prepare Facts Functional Checks.
Import ListNotations.

(** ** Polynomials with integer coefficients, lowest first *)
Section Polynomials.
Local Open Scope Z_scope.
Fixpoint padd (f g : row) : row :=
  match f, g with
  | [], _ => g | _, [] => f | a :: f', b :: g' => a + b :: padd f' g'
  end.
Definition pscale (a : Z) (f : row) : row := match a with Z0 => [] | _ => smul a f end.
Fixpoint pmul (f g : row) : row :=
  match f with [] => [] | a :: f' => padd (pscale a g) (0 :: pmul f' g) end.
(** The lowest nonzero coefficient, or 0. *)
Fixpoint lowest (f : row) : Z := match f with [] => 0 | 0 :: f' => lowest f' | a :: _ => a end.
End Polynomials.

Local Open Scope R_scope.
Fixpoint peval (f : row) (t : R) : R :=
  match f with [] => 0 | a :: f' => IZR a + t * peval f' t end.

Lemma peval_padd f g t : peval (padd f g) t = peval f t + peval g t.
Proof.
  revert g. induction f as [|a f IH]; intros [|b g]; simpl; try lra.
  rewrite IH, plus_IZR. lra.
Qed.
Lemma peval_smul a f t : peval (smul a f) t = IZR a * peval f t.
Proof. 
  induction f as [|b f IH]; [simpl; lra|].
  change (smul a (b :: f)) with ((a * b)%Z :: smul a f). cbn [peval]. rewrite IH, mult_IZR. lra.
Qed.
Lemma peval_pscale a f t : peval (pscale a f) t = IZR a * peval f t.
Proof. unfold pscale. destruct a; [simpl; lra| |]; apply peval_smul. Qed.
Lemma peval_pmul f g t : peval (pmul f g) t = peval f t * peval g t.
Proof.
  induction f as [|a f IH]; simpl; [lra|]. rewrite peval_padd, peval_pscale. simpl. rewrite IH. lra.
Qed.

Lemma peval_bounded f : exists B, 0 < B /\ forall t, 0 < t < 1 -> Rabs (peval f t) <= B.
Proof.
  induction f as [|a f [B [HB H]]].
  - exists 1. split; [lra|]. intros t _. simpl. rewrite Rabs_R0. lra.
  - exists (Rabs (IZR a) + B). pose proof (Rabs_pos (IZR a)). split; [lra|].
    intros t Ht. simpl. specialize (H t Ht). eapply Rle_trans; [apply Rabs_triang|].
    rewrite Rabs_mult, (Rabs_right t) by lra. pose proof (Rabs_pos (peval f t)). nra.
Qed.
Lemma peval_small f eps : 0 < eps -> eventually (fun t => Rabs (t * peval f t) < eps).
Proof.
  intros He. destruct (peval_bounded f) as [B [HB H]].
  exists (Rmin 1 (eps / B)). assert (0 < eps / B) by (apply Rdiv_lt_0_compat; lra).
  split; [apply Rmin_glb_lt; lra|]. intros t Ht.
  pose proof (Rmin_l 1 (eps / B)). pose proof (Rmin_r 1 (eps / B)).
  specialize (H t ltac:(lra)). rewrite Rabs_mult, (Rabs_right t) by lra.
  assert (eps / B * B = eps) by (field; lra). pose proof (Rabs_pos (peval f t)). nra.
Qed.

Lemma lowest_sign f : match lowest f with
  | Z0 => forall t, peval f t = 0
  | Zpos _ => eventually (fun t => 0 < peval f t)
  | Zneg _ => eventually (fun t => peval f t < 0)
  end.
Proof.
  induction f as [|a f IH]; [intros t; reflexivity|]. cbn [lowest]. destruct a as [|q|q].
  - destruct (lowest f).
    + intros t. cbn [peval]. rewrite (IH t). lra.
    + apply (eventually_impl _ _ IH). intros t Ht H. cbn [peval]. nra.
    + apply (eventually_impl _ _ IH). intros t Ht H. cbn [peval]. nra.
  - assert (Hq : 0 < IZR (Zpos q)) by (now apply IZR_lt).
    apply (eventually_impl _ _ (peval_small f _ Hq)). intros t Ht H. apply Rabs_def2 in H.
    cbn [peval]. lra.
  - assert (Hq : 0 < - IZR (Zneg q)) by (assert (IZR (Zneg q) < 0) by (now apply IZR_lt); lra).
    apply (eventually_impl _ _ (peval_small f _ Hq)). intros t Ht H. apply Rabs_def2 in H.
    cbn [peval]. lra.
Qed.

(** The general statement: if L(P(tau)) - L(P) is a positive multiple of a polynomial in tau whose
    lowest coefficient is negative, and P(tau) tends to P, then P is not a local minimum. *)
Theorem descent_curve p P (Q : R -> network) K f :
  (forall eps, 0 < eps -> eventually (fun t => near p eps P (Q t))) -> 0 < K ->
  eventually (fun t => K * (loss p (Q t) - loss p P) = peval f t) -> (lowest f < 0)%Z ->
  ~ local_minimum p P.
Proof.
  intros Hn HK Hf Hl. apply (descent_is_not_minimum p P Q Hn).
  pose proof (lowest_sign f) as Hs. destruct (lowest f); try lia.
  apply (eventually_impl _ _ (eventually_and _ _ Hf Hs)). intros t _ [A B].
  assert (K * (loss p (Q t) - loss p P) < 0) by lra.
  assert (loss p (Q t) - loss p P < 0); [|lra]. apply (Rmult_lt_reg_l K); lra.
Qed.

(** ** The checker *)
(** For some neurons the coefficients of tau, tau^2, ... of w_i and of h_i, and those of c. *)
Record curve := Curve {
  curve_neurons : list (nat * (list (list Q) * list (list Q))); curve_bias : list (list Q) }.

Section Checker.
Variables (S : setting) (P : parameters) (D : denominators).
Local Open Scope Z_scope.
Definition moved_w (x : curve) (i : nat) : list row :=
  clear_rows (den_w D) (fst (lookup ([], []) i (curve_neurons x))).
Definition moved_h (x : curve) (i : nat) : list row :=
  clear_rows (den_v D) (snd (lookup ([], []) i (curve_neurons x))).
Definition column (j : nat) (rows : list row) : row := map (fun r => nth j r 0) rows.

(** w_i(tau) . x_k from its value at 0; then rho of it *)
Definition line (us : list row) (t : Z) (x : row) : row := t :: map (fun u => zdot u x) us.
Definition pact (f : row) : row :=
  match lowest f with Zpos _ => pscale (plus S) f | _ => pscale (minus S) f end.
(** The change of the output j of neuron i at x_k, divided by tau. *)
Definition neuron_change (us gs : list row) (wi : row) (x : row) (hij : Z) (j : nat) : row :=
  match us, gs with
  | [], [] => []
  | _, _ => List.tl (pmul (hij :: column j gs) (pact (line us (zdot wi x) x)))
  end.
Fixpoint changes (n : nat) (x : curve) (ws : list row) (vj : row) (xk : row) (j : nat) : row :=
  match n with
  | O => []
  | Datatypes.S i => padd (changes i x ws vj xk j)
      (neuron_change (moved_w x i) (moved_h x i) (nth i ws []) xk (nth i vj 0) j)
  end.
Definition residual_curve (x : curve) (ws : list row) (cs : list row) (vj : row) (e : Z)
    (xk : row) (j : nat) : row :=
  e :: padd (pscale (Zpos (factor_network D)) (changes (m P) x ws vj xk j))
            (if with_output_bias S then pscale (Zpos (factor_target D)) (column j cs) else []).
Definition curve_change (x : curve) : row :=
  let xs := X S D in let ws := W S P D in let es := residual_rows S P D (T S P D) in
  let vs := V P D in let cs := clear_rows (den_y D) (curve_bias x) in
  fold_right padd [] (flat_map (fun j => map (fun k =>
      let f := residual_curve x ws cs (nth j vs []) (nth k (nth j es []) 0) (nth k xs []) j in
      List.tl (pmul f f)) (seq 0 (length (data_x S)))) (seq 0 (output_dimension S))).
Definition curve_ok (x : curve) : bool :=
  forallb (fun ix => rows_of_length (d S) (fst (snd ix)) && divides_rows (den_w D) (fst (snd ix))
                     && rows_of_length (output_dimension S) (snd (snd ix))
                     && divides_rows (den_v D) (snd (snd ix)) && Nat.ltb (fst ix) (m P))
          (curve_neurons x)
  && rows_of_length (output_dimension S) (curve_bias x) && divides_rows (den_y D) (curve_bias x)
  && (with_output_bias S || Nat.eqb (length (curve_bias x)) 0).
Definition check_not_local_minimum (x : curve) : bool :=
  prepare_ok S P D && curve_ok x && Z.ltb (lowest (curve_change x)) 0.
End Checker.

Lemma nth_column j rows k : nth k (column j rows) 0%Z = nth j (nth k rows []) 0%Z.
Proof.
  unfold column. destruct (Nat.lt_ge_cases k (length rows)) as [H|H].
  - now rewrite (nth_map_lt _ rows k []).
  - rewrite nth_overflow by (now rewrite map_length). rewrite (nth_overflow rows) by auto.
    destruct j; reflexivity.
Qed.

Section Soundness.
Variables (S : setting) (P : parameters) (D : denominators) (x : curve).
Hypothesis Hok : prepare_ok S P D = true.
Hypothesis Hx : curve_ok S P D x = true.
Let p := problem_of S. Let P0 := network_of S P.
Notation m := (m P). Notation J := (outputs p). Notation d := (d S). Notation N := (points p).
Notation DX := (IZR (Zpos (den_x D))). Notation DW := (IZR (Zpos (den_w D))).
Notation DV := (IZR (Zpos (den_v D))). Notation DY := (IZR (Zpos (den_y D))).
Notation DS := (IZR (Zpos (den_slopes S))). Notation DE := (IZR (Zpos (unit_e S D))).
Notation us i := (moved_w D x i). Notation gs i := (moved_h D x i).
Notation cs := (clear_rows (den_y D) (curve_bias x)).

Definition curve_at (t : R) : network := Network m
  (fun i a => w P0 i a + t * peval (column a (us i)) t / DW)
  (fun i j => h P0 i j + t * peval (column j (gs i)) t / DV)
  (fun j => c P0 j + t * peval (column j cs) t / DY).

Lemma curve_near eps : 0 < eps -> eventually (fun t => near p eps P0 (curve_at t)).
Proof.
  intros He.
  assert (H : forall u f Dd, 0 < IZR (Zpos Dd) ->
    eventually (fun t => Rabs (u + t * peval f t / IZR (Zpos Dd) - u) < eps)).
  { intros u f Dd HD. apply (eventually_impl _ _ (peval_small f (eps * IZR (Zpos Dd))
      ltac:(apply Rmult_lt_0_compat; auto))). intros t Ht H.
    replace (u + t * peval f t / IZR (Zpos Dd) - u) with ((t * peval f t) * / IZR (Zpos Dd)) by (field; lra).
    rewrite Rabs_mult, (Rabs_right (/ _)) by (left; now apply Rinv_0_lt_compat).
    apply (Rmult_lt_reg_r (IZR (Zpos Dd))); auto. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  pose proof (eventually_all m _ (fun i _ => eventually_all d _ (fun a _ =>
    H (w P0 i a) (column a (us i)) (den_w D) (IZR_Zpos _)))) as H1.
  pose proof (eventually_all m _ (fun i _ => eventually_all J _ (fun j _ =>
    H (h P0 i j) (column j (gs i)) (den_v D) (IZR_Zpos _)))) as H2.
  pose proof (eventually_all J _ (fun j _ =>
    H (c P0 j) (column j cs) (den_y D) (IZR_Zpos _))) as H3.
  apply (eventually_impl _ _ (eventually_and _ _ H1 (eventually_and _ _ H2 H3))).
  intros t _ (A & B & C).
  split; [reflexivity|]. split; [|split; [|exact C]]; intros i a Hi Ha;
  [exact (A i Hi a Ha) | exact (B i Hi a Ha)].
Qed.

Lemma neuron_rows i :
  (forall r, In r (us i) -> length r = d) /\ (forall r, In r (gs i) -> length r = J).
Proof.
  unfold curve_ok in Hx. repeat rewrite andb_true_iff in Hx. destruct Hx as [[[H _] _] _].
  rewrite forallb_forall in H. unfold moved_w, moved_h.
  destruct (lookup_in ([], []) i (curve_neurons x)) as [->|Hin]; [split; simpl; tauto|].
  specialize (H _ Hin). simpl in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[A _] B] _] _]. split; intros r Hr.
  - exact (clear_rows_sized _ _ _ A r Hr).
  - exact (clear_rows_sized _ _ _ B r Hr).
Qed.

Lemma peval_lines rows u t : (forall r, In r rows -> length r = length u) ->
  peval (map (fun r => zdot r u) rows) t = sum (length u) (fun a => peval (column a rows) t * zvec u a).
Proof.
  induction rows as [|r rows IH]; intros H; simpl.
  - rewrite sum_zero; auto. intros; ring.
  - rewrite IH by (intros; apply H; simpl; auto).
    rewrite (zdot_sum (length u)) by first [reflexivity | apply H; simpl; auto].
    rewrite <- sum_scal, <- sum_plus. apply sum_ext. intros a _. unfold zvec. ring.
Qed.

Lemma line_spec i k t : (i < m)%nat -> (k < N)%nat ->
  peval (line (us i) (zdot (nth i (W S P D) []) (nth k (X S D) [])) (nth k (X S D) [])) t =
  DW * DX * dot p (w (curve_at t) i) (input p k).
Proof.
  intros Hi Hk. simpl peval.
  assert (Hl : length (nth k (X S D) []) = d)
    by (apply all_sized_nth; [apply (sized_X S P D Hok) | rewrite (length_X S D); exact Hk]).
  rewrite peval_lines by (rewrite Hl; apply neuron_rows). rewrite Hl.
  rewrite (common_preactivation S P D Hok i k Hi Hk). fold p P0.
  unfold dot at 2. change (inputs p) with d. rewrite <- !sum_scal. unfold dot.
  change (inputs p) with d. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros a _.
  change (zvec (nth k (X S D) []) a) with (zmat (X S D) k a). rewrite (X_spec S P D Hok). fold p.
  simpl w. pose proof (IZR_Zpos (den_w D)). field. lra.
Qed.

Lemma pact_spec i k : (i < m)%nat -> (k < N)%nat -> eventually (fun t =>
  peval (pact S (line (us i) (zdot (nth i (W S P D) []) (nth k (X S D) [])) (nth k (X S D) []))) t =
  DS * (DW * DX) * rho p (dot p (w (curve_at t) i) (input p k))).
Proof.
  intros Hi Hk. pose proof (fun t => line_spec i k t Hi Hk) as Hline.
  set (f := line (us i) (zdot (nth i (W S P D) []) (nth k (X S D) [])) (nth k (X S D) [])) in *.
  pose proof (lowest_sign f) as Hs. pose proof (DXW_pos D) as HP.
  unfold pact. destruct (lowest f).
  - exists 1. split; [lra|]. intros t _. rewrite peval_pscale, Hs.
    specialize (Hline t). rewrite Hs in Hline.
    replace (dot p (w (curve_at t) i) (input p k)) with 0; [rewrite rho_0; ring|].
    apply (Rmult_eq_reg_l (DW * DX)); lra.
  - apply (eventually_impl _ _ Hs). intros t _ H. rewrite peval_pscale, Hline, (plus_spec S). fold p.
    rewrite Hline in H. unfold rho. destruct (Rlt_dec 0 _) as [|Hn]; [ring|]. exfalso. apply Hn.
    apply (Rmult_lt_reg_l (DW * DX)); lra.
  - apply (eventually_impl _ _ Hs). intros t _ H. rewrite peval_pscale, Hline, (minus_spec S). fold p.
    rewrite Hline in H. unfold rho. destruct (Rlt_dec 0 _) as [Hn|]; [|ring]. exfalso.
    assert (0 < DW * DX * dot p (w (curve_at t) i) (input p k)) by (apply Rmult_lt_0_compat; auto). lra.
Qed.

Lemma peval_tl f t : t * peval (List.tl f) t = peval f t - IZR (nth 0 f 0%Z).
Proof. destruct f; simpl; lra. Qed.
Lemma pmul_0 f g : nth 0 (pmul f g) 0%Z = (nth 0 f 0 * nth 0 g 0)%Z.
Proof.
  destruct f as [|a f]; auto. simpl. destruct a, g; simpl; auto; lia.
Qed.
Lemma act_nth0 us0 t u : IZR (nth 0 (pact S (line us0 t u)) 0%Z) = IZR (act S t).
Proof.
  unfold pact, line. cbn [lowest]. destruct t as [|q|q].
  - assert (A : forall a f, nth 0 (pscale a (0%Z :: f)) 0%Z = 0%Z).
    { intros a f. unfold pscale. destruct a; auto; simpl; lia. }
    unfold act. rewrite Z.mul_0_r. destruct (lowest _); now rewrite A.
  - unfold act, pscale. destruct (plus S); auto.
  - unfold act, pscale. destruct (minus S); auto.
Qed.

Lemma neuron_change_spec i j k : (i < m)%nat -> (j < J)%nat -> (k < N)%nat -> eventually (fun t =>
  t * peval (neuron_change S (us i) (gs i) (nth i (W S P D) []) (nth k (X S D) [])
    (nth i (nth j (V P D) []) 0%Z) j) t =
  DV * DS * (DW * DX) * (h (curve_at t) i j * rho p (dot p (w (curve_at t) i) (input p k))
     - h P0 i j * rho p (dot p (w P0 i) (input p k)))).
Proof.
  intros Hi Hj Hk.
  assert (Ht : IZR (zdot (nth i (W S P D) []) (nth k (X S D) [])) = DW * DX * dot p (w P0 i) (input p k))
    by (apply (common_preactivation S P D Hok i k Hi Hk)).
  assert (Hv : IZR (nth i (nth j (V P D) []) 0%Z) = DV * h P0 i j)
    by (apply (V_spec S P D Hok i j)).
  unfold neuron_change.
  assert (Empty : us i = [] -> gs i = [] -> forall t,
     0 = DV * DS * (DW * DX) * (h (curve_at t) i j * rho p (dot p (w (curve_at t) i) (input p k))
     - h P0 i j * rho p (dot p (w P0 i) (input p k)))).
  { intros E1 E2 t. simpl h. rewrite E2. simpl peval.
    rewrite (dot_ext p (w (curve_at t) i) (w P0 i)).
    - unfold Rdiv. rewrite Rmult_0_r, Rmult_0_l. ring.
    - intros a _. simpl w. rewrite E1. simpl. unfold Rdiv. ring. }
  assert (Main : eventually (fun t => t * peval (List.tl (pmul (nth i (nth j (V P D) []) 0%Z :: column j (gs i))
      (pact S (line (us i) (zdot (nth i (W S P D) []) (nth k (X S D) [])) (nth k (X S D) []))))) t =
    DV * DS * (DW * DX) * (h (curve_at t) i j * rho p (dot p (w (curve_at t) i) (input p k))
     - h P0 i j * rho p (dot p (w P0 i) (input p k))))).
  { apply (eventually_impl _ _ (pact_spec i k Hi Hk)). intros t _ H.
    rewrite peval_tl, pmul_0, peval_pmul, H, mult_IZR, act_nth0.
    change (nth 0 (nth i (nth j (V P D) []) 0%Z :: column j (gs i)) 0%Z)
      with (nth i (nth j (V P D) []) 0%Z).
    rewrite (act_spec S _ (DW * DX) _ (DXW_pos D) Ht). cbn [peval]. rewrite Hv. fold p.
    change (h (curve_at t) i j) with (h P0 i j + t * peval (column j (gs i)) t / DV). pose proof (IZR_Zpos (den_v D)). field. lra. }
  destruct (us i) eqn:E1, (gs i) eqn:E2; auto.
  exists 1. split; [lra|]. intros t _. simpl peval at 1. rewrite Rmult_0_r. now apply Empty.
Qed.

Lemma changes_spec j k n : (n <= m)%nat -> (j < J)%nat -> (k < N)%nat -> eventually (fun t =>
  t * peval (changes S D n x (W S P D) (nth j (V P D) []) (nth k (X S D) []) j) t =
  DV * DS * (DW * DX) * sum n (fun i => h (curve_at t) i j * rho p (dot p (w (curve_at t) i) (input p k))
     - h P0 i j * rho p (dot p (w P0 i) (input p k)))).
Proof.
  intros Hn Hj Hk. induction n as [|n IH].
  - exists 1. split; [lra|]. intros t _. simpl. ring.
  - apply (eventually_impl _ _ (eventually_and _ _ (IH ltac:(lia))
      (neuron_change_spec n j k ltac:(lia) Hj Hk))).
    intros t _ [A B]. cbn [changes sum]. rewrite peval_padd, Rmult_plus_distr_l, A, B. ring.
Qed.

Lemma residual_curve_spec j k : (j < J)%nat -> (k < N)%nat -> eventually (fun t =>
  peval (residual_curve S P D x (W S P D) cs (nth j (V P D) [])
    (nth k (nth j (residual_rows S P D (T S P D)) []) 0%Z) (nth k (X S D) []) j) t =
  DE * residual p (curve_at t) k j).
Proof.
  intros Hj Hk. apply (eventually_impl _ _ (changes_spec j k m ltac:(lia) Hj Hk)). intros t _ H.
  unfold residual_curve. cbn [peval].
  change (IZR (nth k (nth j (residual_rows S P D (T S P D)) []) 0%Z))
    with (zmat (residual_rows S P D (T S P D)) j k).
  rewrite (E_spec S P D Hok j k Hj Hk). fold p P0.
  rewrite peval_padd, peval_pscale, Rmult_plus_distr_l.
  replace (t * (IZR (Zpos (factor_network D)) * peval (changes S D m x (W S P D) (nth j (V P D) [])
     (nth k (X S D) []) j) t)) with (IZR (Zpos (factor_network D)) * (t * peval (changes S D m x (W S P D) (nth j (V P D) [])
     (nth k (X S D) []) j) t)) by ring.
  rewrite H, sum_minus.
  assert (U1 : IZR (Zpos (factor_network D)) * (DV * DS * (DW * DX)) = DE).
  { unfold unit_e. rewrite !Pos2Z.inj_mul, !mult_IZR. ring. }
  assert (U2 : IZR (Zpos (factor_target D)) * DY = DE).
  { destruct (ok_parts S P D Hok) as (_ & _ & _ & _ & _ & _ & -> & _). rewrite Pos2Z.inj_mul, mult_IZR. ring. }
  unfold residual, prediction. change (width P0) with m. change (width (curve_at t)) with m.
  change (has_output_bias p) with (with_output_bias S).
  rewrite <- Rmult_assoc, U1.
  assert (B : t * peval (if with_output_bias S then pscale (Zpos (factor_target D)) (column j cs) else []) t
     = DE * ((if with_output_bias S then c (curve_at t) j else 0) - (if with_output_bias S then c P0 j else 0))).
  { destruct (with_output_bias S).
    - rewrite peval_pscale. rewrite <- U2. simpl c. pose proof (IZR_Zpos (den_y D)). field. lra.
    - simpl. ring. }
  rewrite B. ring.
Qed.

Lemma peval_fold l t : peval (fold_right padd [] l) t = fsum (fun f => peval f t) l.
Proof. induction l as [|f l IH]; simpl; auto. now rewrite peval_padd, IH. Qed.
Lemma fsum_app {A} (f : A -> R) l l' : fsum f (l ++ l') = fsum f l + fsum f l'.
Proof. induction l; simpl; [lra|]. rewrite IHl. lra. Qed.
Lemma fsum_flat_map {A B} (f : B -> R) (g : A -> list B) l :
  fsum f (flat_map g l) = fsum (fun a => fsum f (g a)) l.
Proof. induction l; simpl; auto. now rewrite fsum_app, IHl. Qed.
Lemma fsum_seq f n : fsum f (seq 0 n) = sum n f.
Proof.
  induction n as [|n IH]; auto. rewrite seq_S, fsum_app, IH. simpl. lra.
Qed.

Theorem curve_sound : (lowest (curve_change S P D x) < 0)%Z -> is_not_local_minimum S P.
Proof.
  intros Hl. pose proof (IZR_Zpos (unit_e S D)) as HE. pose proof (scale_positive S P D Hok) as Hs.
  fold p in Hs.
  (* divided by tau *)
  set (f := curve_change S P D x) in *.
  apply (descent_curve p P0 curve_at (DE * DE / scale p) (0%Z :: f) curve_near).
  { apply Rdiv_lt_0_compat; auto. now apply Rmult_lt_0_compat. }
  2:{ exact Hl. }
  pose proof (eventually_all J _ (fun j Hj => eventually_all N _ (fun k Hk =>
    residual_curve_spec j k Hj Hk))) as H.
  apply (eventually_impl _ _ H). intros t _ Hres. cbn [peval]. unfold f, curve_change. cbv zeta.
  rewrite peval_fold, fsum_flat_map, fsum_seq. rewrite Rplus_0_l, <- sum_scal.
  unfold loss. transitivity (DE * DE * (sum N (fun k => sum J (fun j => residual p (curve_at t) k j ^ 2))
    - sum N (fun k => sum J (fun j => residual p P0 k j ^ 2)))); [field; lra|].
  rewrite !(sum_swap N), <- sum_minus, <- sum_scal. apply sum_ext. intros j Hj.
  rewrite fsum_map, fsum_seq, <- sum_minus, <- !sum_scal. apply sum_ext. intros k Hk.
  rewrite peval_tl, peval_pmul, pmul_0, (Hres j Hj k Hk), mult_IZR.
  unfold residual_curve. simpl nth.
  change (IZR (nth k (nth j (residual_rows S P D (T S P D)) []) 0%Z))
    with (zmat (residual_rows S P D (T S P D)) j k).
  rewrite (E_spec S P D Hok j k Hj Hk). fold p P0. ring.
Qed.
End Soundness.

Theorem check_not_local_minimum_sound S P D x :
  check_not_local_minimum S P D x = true -> is_not_local_minimum S P.
Proof.
  unfold check_not_local_minimum. intros H. apply andb_prop in H as [H Hl].
  apply andb_prop in H as [H1 H2]. apply (curve_sound S P D x H1 H2). now apply Z.ltb_lt.
Qed.
