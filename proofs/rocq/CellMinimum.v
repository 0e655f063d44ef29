(** Networks of least loss within a closed cell of activation patterns. *)
From Coq Require Import ZArith QArith Qreals Reals String Ascii Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion Claims CellClaims Integers Prepare
  Facts Functional Checks GlobalMinimum.
Import ListNotations.
Local Open Scope R_scope.

Section Theory.
Variable p : problem.
Hypothesis scale_pos : 0 < scale p.
Notation N := (points p). Notation J := (outputs p). Notation d := (inputs p).

(** The activation is linear on a side. *)
Definition side_slope (s : ascii) : R :=
  if (s =? "+")%char then slope_plus p else slope_minus p.
Lemma rho_on_side t s : on_side t s -> rho p t = side_slope s * t.
Proof.
  unfold on_side, side_slope, rho. intros H.
  destruct (s =? "+")%char, (s =? "-")%char, (Rlt_dec 0 t); try lra; try contradiction.
  all: assert (t = 0) as -> by lra; ring.
Qed.

(** The in-cell equations sum_k e_k a_ik x_k^T = 0, and sum_k e_k = 0 where c is a parameter. *)
Definition in_cell (P : network) (side : nat -> nat -> ascii) (Q : network) : Prop :=
  width Q = width P /\ forall i k, (i < width P)%nat -> (k < N)%nat ->
    on_side (dot p (w Q i) (input p k)) (side i k).
Definition in_cell_equations (P : network) (side : nat -> nat -> ascii) : Prop :=
  (forall j, (j < J)%nat -> bias_gradient p P j = 0) /\
  (forall i j a, (i < width P)%nat -> (j < J)%nat -> (a < d)%nat ->
     sum N (fun k => residual p P k j * (side_slope (side i k) * input p k a)) = 0).

(** Then Psi_P vanishes on the cell, and the global identity is a sum of squares there. *)
Theorem in_cell_identity P side : in_cell_equations P side -> in_cell P side P ->
  forall Q, in_cell P side Q -> loss p Q - loss p P =
    scale p * sum N (fun k => sum J (fun j => (prediction p Q k j - prediction p P k j) ^ 2)).
Proof.
  intros [Hb He] HP.
  assert (Hz : forall Q i j, in_cell P side Q -> (i < width P)%nat -> (j < J)%nat ->
    dual p P (w Q i) j = 0).
  { intros Q i j [_ HQ] Hi Hj. unfold dual.
    rewrite (sum_ext N _ (fun k => sum d (fun a => w Q i a *
      (residual p P k j * (side_slope (side i k) * input p k a))))).
    - rewrite sum_swap, (sum_zero d); [ring|]. intros a Ha. rewrite sum_scal, He by auto. ring.
    - intros k Hk. rewrite (rho_on_side _ _ (HQ i k Hi Hk)). unfold dot. rewrite <- !sum_scal.
      apply sum_ext. intros; ring. }
  intros Q HQ. rewrite (global_identity p P Q) by (split; auto). rewrite sum_zero; [ring|].
  intros i Hi. apply inner_0_r. intros j Hj. apply Hz; auto. now rewrite <- (proj1 HQ).
Qed.
Theorem in_cell_minimum P side : in_cell_equations P side -> in_cell P side P ->
  forall Q, in_cell P side Q -> loss p P <= loss p Q.
Proof.
  intros He HP Q HQ. pose proof (in_cell_identity P side He HP Q HQ) as E.
  pose proof (squares_ge0 p (fun k j => prediction p Q k j - prediction p P k j)).
  assert (0 <= scale p * sum N (fun k => sum J (fun j => (prediction p Q k j - prediction p P k j) ^ 2)))
    by (apply Rmult_le_pos; [lra|assumption]).
  lra.
Qed.
End Theory.

(** ** The checker *)
Fixpoint sides_ok (s : string) (ts : row) : bool :=
  match s, ts with
  | EmptyString, [] => true
  | String a s', t :: ts' =>
      (if (a =? "+")%char then Z.leb 0 t else (a =? "-")%char && Z.leb t 0) && sides_ok s' ts'
  | _, _ => false
  end.
Fixpoint cell_slopes (S : setting) (s : string) : row :=
  match s with
  | EmptyString => []
  | String a s' => (if (a =? "+")%char then plus S else minus S) :: cell_slopes S s'
  end.
Definition check_cell_global_minimum (S : setting) (P : parameters) (D : denominators)
    (cell : list string) : bool :=
  prepare_ok S P D &&
  (let pre := prepare S P D (Merging [] []) in
   bias_ok S pre
   && for_all2 sides_ok cell (p_T pre)
   && forallb (fun s => let slopes := cell_slopes S s in
        forallb (fun columns => all_zero (lincomb (d S) slopes columns)) (p_columns pre)) cell).

Lemma sides_spec S s ts : sides_ok s ts = true -> length (cell_slopes S s) = length ts /\
  forall k, (k < length ts)%nat -> exists a, String.get k s = Some a
    /\ on_side (IZR (nth k ts 0%Z)) a
    /\ zvec (cell_slopes S s) k = IZR (if (a =? "+")%char then plus S else minus S).
Proof.
  revert ts. induction s as [|a s IH]; intros [|t ts] H; simpl in H; try discriminate.
  - split; auto. simpl. intros; lia.
  - apply andb_prop in H as [H1 H2]. destruct (IH ts H2) as [A B].
    split; [simpl; congruence|]. intros [|k] Hk; [|apply (B k); simpl in Hk; lia].
    exists a. split; [reflexivity|]. split; [|reflexivity]. unfold on_side. simpl nth.
    destruct (a =? "+")%char; [now apply IZR_le, Z.leb_le|].
    apply andb_prop in H1 as [-> H1]. now apply IZR_le, Z.leb_le.
Qed.

Lemma on_side_scaled r t s : 0 < r -> on_side (r * t) s -> on_side t s.
Proof. unfold on_side. intros Hr. destruct (s =? "+")%char, (s =? "-")%char; auto; nra. Qed.

Definition side_at (cell : list string) (i k : nat) : ascii :=
  match String.get k (nth i cell ""%string) with Some a => a | None => "+"%char end.

Theorem cell_equations_sound S P D cell : check_cell_global_minimum S P D cell = true ->
  let p := problem_of S in let P0 := network_of S P in
  (length cell = width P0
   /\ forall i k, (i < width P0)%nat -> (k < points p)%nat ->
        String.get k (nth i cell ""%string) = Some (side_at cell i k)
        /\ on_side (dot p (w P0 i) (input p k)) (side_at cell i k))
  /\ in_cell_equations p P0 (side_at cell).
Proof.
  unfold check_cell_global_minimum. intros H. apply andb_prop in H as [Hok H]. cbv zeta in H.
  apply andb_prop in H as [H He]. apply andb_prop in H as [Hb Ht].
  change (p_T (prepare S P D (Merging [] []))) with (T S P D) in Ht.
  set (p := problem_of S). set (P0 := network_of S P).
  apply (for_all2_spec _ _ _ ""%string []) in Ht as [Hl Ht]. rewrite (length_T S P D Hok) in Hl.
  rewrite Hl in Ht.
  assert (Hs : forall i, (i < m P)%nat -> length (cell_slopes S (nth i cell ""%string)) = points p
    /\ forall k, (k < points p)%nat -> exists a, String.get k (nth i cell ""%string) = Some a
       /\ on_side (dot p (w P0 i) (input p k)) a
       /\ zvec (cell_slopes S (nth i cell ""%string)) k = IZR (Zpos (den_slopes S)) * side_slope p a).
  { intros i Hi. destruct (sides_spec S _ _ (Ht i Hi)) as [A B].
    rewrite (length_T_row S P D Hok i Hi) in A, B. split; [exact A|]. intros k Hk.
    destruct (B k Hk) as (a & B1 & B2 & B3). exists a. split; [exact B1|]. split.
    - change (IZR (nth k (nth i (T S P D) []) 0%Z)) with (zmat (T S P D) i k) in B2.
      rewrite (T_spec S P D Hok i k Hi Hk) in B2.
      apply (on_side_scaled _ _ _ (RWX_pos D i k) B2).
    - rewrite B3. unfold side_slope.
      destruct (a =? "+")%char; [apply plus_spec | apply minus_spec]. }
  assert (Hside : forall i k a, String.get k (nth i cell ""%string) = Some a -> side_at cell i k = a).
  { intros i k a E. unfold side_at. now rewrite E. }
  split; [|split].
  - split; [exact Hl|]. intros i k Hi Hk. destruct (proj2 (Hs i Hi) k Hk) as (a & A & B & _).
    now rewrite (Hside i k a A).
  - apply (bias_sound S P D (Merging [] []) Hok Hb).
  - intros i j a Hi Hj Ha. destruct (Hs i Hi) as [Hlen Hk].
    pose proof (forallb_nth _ _ ""%string He i) as E. rewrite Hl in E. specialize (E Hi).
    cbv beta zeta in E.
    change (p_columns (prepare S P D (Merging [] []))) with
      (map (fun e => scale_rows e (X S D)) (residual_rows S P D (T S P D))) in E.
    pose proof (forallb_nth _ _ [] E j) as F.
    rewrite map_length, (length_E S P D Hok) in F. specialize (F Hj). cbv beta in F.
    rewrite (nth_map_lt _ _ j []) in F by (rewrite (length_E S P D Hok); exact Hj).
    pose proof (all_zero_spec _ F a) as G.
    destruct (scale_rows_spec (points p) (nth j (residual_rows S P D (T S P D)) []) (X S D)
      (length_E_row S P D Hok j Hj) (length_X S D)) as [Hc Hr].
    rewrite (lincomb_spec (d S) (points p)) in G
      by first [exact Hlen | exact Hc | apply scale_rows_sized, (sized_X S P D Hok)].
    rewrite (sum_ext _ _ (fun k => IZR (Zpos (den_slopes S)) * IZR (Zpos (unit_e S D))
      * IZR (Zpos (den_x D)) * (residual p P0 k j * (side_slope p (side_at cell i k) * input p k a)))) in G.
    + rewrite sum_scal in G.
      apply Rmult_integral in G as [G|G]; [exfalso|exact G].
      pose proof (IZR_Zpos (den_slopes S)). pose proof (IZR_Zpos (unit_e S D)).
      pose proof (IZR_Zpos (den_x D)).
      repeat (apply Rmult_integral in G as [G|G]; [|lra]). lra.
    + intros k Hk'. destruct (Hk k Hk') as (s & B1 & _ & B3).
      rewrite B3, (Hr k a Hk'), (X_spec S P D Hok k a), (Hside i k s B1).
      change (zvec (nth j (residual_rows S P D (T S P D)) []) k)
        with (zmat (residual_rows S P D (T S P D)) j k).
      rewrite (E_spec S P D Hok j k Hj Hk'). fold p P0. ring.
Qed.

Theorem check_cell_global_minimum_sound S P D cell :
  check_cell_global_minimum S P D cell = true -> is_cell_global_minimum S P cell.
Proof.
  intros H. pose proof H as Hok. apply andb_prop in Hok as [Hok _].
  destruct (cell_equations_sound S P D cell H) as [[Hl Hs] He].
  set (p := problem_of S) in *. set (P0 := network_of S P) in *.
  split.
  - split; [reflexivity|]. split; [exact Hl|]. intros i k Hi Hk. exists (side_at cell i k). auto.
  - intros Q (A & _ & B).
    apply (in_cell_minimum p (scale_positive S P D Hok) P0 (side_at cell) He).
    + split; [reflexivity|]. intros i k Hi Hk. now apply Hs.
    + split; [exact A|]. intros i k Hi Hk. destruct (B i k Hi Hk) as (a & E & F).
      destruct (Hs i k Hi Hk) as [E' _]. rewrite E in E'. now injection E' as <-.
Qed.

(** ** Networks inside an open cell *)
Definition strictly_inside (S : setting) (P : parameters) (D : denominators) : bool :=
  let xs := X S D in
  forallb (for_all2 (fun x t => all_zero x || negb (Z.eqb t 0)) xs) (T S P D).

Lemma zero_row_spec S P D k : prepare_ok S P D = true -> (k < points (problem_of S))%nat ->
  all_zero (nth k (X S D) []) = true ->
  forall a, (a < inputs (problem_of S))%nat -> input (problem_of S) k a = 0.
Proof.
  intros Hok Hk H a _. pose proof (X_spec S P D Hok k a) as E. unfold zmat in E.
  rewrite all_zero_spec in E by exact H. pose proof (IZR_Zpos (den_x D)).
  apply (Rmult_eq_reg_l (IZR (Zpos (den_x D)))); lra.
Qed.
Lemma strictly_inside_sound S P D : prepare_ok S P D = true -> strictly_inside S P D = true ->
  in_open_cell S P (network_of S P).
Proof.
  unfold strictly_inside. cbv zeta. intros Hok H. split; [reflexivity|]. intros i k Hi Hk.
  pose proof (forallb_nth _ _ [] H i) as E. rewrite (length_T S P D Hok) in E. specialize (E Hi).
  apply (for_all2_spec _ _ _ [] 0%Z) in E as [_ E]. rewrite (length_X S D) in E. specialize (E k Hk).
  apply orb_prop in E as [E|E]; [right; now apply (zero_row_spec S P D k)|]. left.
  apply negb_true_iff, Z.eqb_neq in E. pose proof (T_spec S P D Hok i k Hi Hk) as Ht.
  set (t := dot _ _ _) in *. assert (t <> 0); [|nra]. intros E0. rewrite E0 in Ht. apply E, eq_IZR.
  unfold zmat, zvec in Ht. lra.
Qed.

Theorem open_cell_minimum_sound S P D cell : check_cell_global_minimum S P D cell = true ->
  strictly_inside S P D = true -> is_cell_minimum S P.
Proof.
  intros H Hstrict. pose proof H as Hok. apply andb_prop in Hok as [Hok _].
  destruct (cell_equations_sound S P D cell H) as [[_ Hs] He].
  pose proof (strictly_inside_sound S P D Hok Hstrict) as Hin. split; [exact Hin|].
  intros Q [A B]. apply (in_cell_minimum (problem_of S) (scale_positive S P D Hok) _ (side_at cell) He).
  - split; [reflexivity|]. intros i k Hi Hk. now apply Hs.
  - split; [exact A|]. intros i k Hi Hk. destruct (Hs i k Hi Hk) as [_ Hside]. specialize (B i k Hi Hk).
    destruct Hin as [_ Hin]. destruct (Hin i k Hi Hk) as [C|C].
    + unfold on_side in *. destruct (side_at cell i k =? "+")%char, (side_at cell i k =? "-")%char; nra.
    + assert (E : forall u, dot (problem_of S) u (input (problem_of S) k) = 0).
      { intros u. apply sum_zero. intros a Ha. rewrite C by exact Ha. ring. }
      rewrite E in *. exact Hside.
Qed.
