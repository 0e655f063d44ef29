(** The number of cells of data, and that a list of points is complete: the checkers, and their
    soundness. *)
From Coq Require Import NArith ZArith QArith Qreals Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Claims LandscapeClaims Integers Prepare CellCount.
Import ListNotations.

Section Checkers.
Variables (dimension : nat) (data : list (list Q)) (units : list positive).
(** Every x_k times its unit; those that are not zero. *)
Definition data_rows : list row := clear_each units data.
Definition hyperplanes : list row := filter (fun u => negb (all_zero u)) data_rows.
Definition data_ok : bool :=
  rows_of_length dimension data && for_all2 (fun unit r => forallb (divides unit) r) units data.
Definition check_cell_count (cells : Z) : bool :=
  data_ok && Z.eqb (count_cells dimension hyperplanes) cells.

(** Points with integer coordinates off the hyperplanes, on the positive side of the first one, their
    signs in order. *)
Fixpoint code (ts : row) : N :=
  match ts with
  | [] => 0%N | Zpos _ :: r => N.succ_double (code r) | _ :: r => N.double (code r)
  end.
Fixpoint increasing (l : list N) : bool :=
  match l with a :: r => match r with b :: _ => N.ltb a b && increasing r | [] => true end | [] => true end.
Definition off_hyperplanes (ts : row) : bool :=
  forallb (fun t => negb (Z.eqb t 0)) ts && match ts with [] => true | t :: _ => Z.ltb 0 t end.
Definition check_cell_list (cells : Z) (points : list (list Q)) : bool :=
  check_cell_count cells
  && Z.eqb (Z.of_nat (length points + length points)) cells
  && rows_of_length dimension points && divides_rows 1 points
  && (let us := hyperplanes in
      let heights := map (fun w => map (zdot w) us) (clear_rows 1 points) in
      forallb off_hyperplanes heights && increasing (map code heights)).
End Checkers.

Local Open Scope R_scope.
Lemma signs_at U w w' v : signs U w = signs U w' -> In v U -> positive_at w v = positive_at w' v.
Proof.
  intros E Hv. destruct (In_nth _ _ [] Hv) as (k & Hk & <-).
  rewrite <- (nth_map_lt (positive_at w) U k [] false Hk), <- (nth_map_lt (positive_at w') U k [] false Hk).
  exact (f_equal (fun l => nth k l false) E).
Qed.
Lemma clear_each_spec ds M : for_all2 (fun unit r => forallb (divides unit) r) ds M = true ->
  length ds = length M /\ length (clear_each ds M) = length M /\
  forall k, (k < length M)%nat -> length (nth k (clear_each ds M) []) = length (nth k M [])
    /\ forall a, zmat (clear_each ds M) k a
         = IZR (Zpos (nth k ds 1%positive)) * Q2R (nth a (nth k M []) 0%Q).
Proof.
  revert M. induction ds as [|dk ds IH]; intros [|r M] H; simpl in H; try discriminate.
  - split; [reflexivity|]. split; [reflexivity|]. intros k Hk. simpl in Hk. lia.
  - apply andb_prop in H as [H HM]. destruct (IH M HM) as (A & B & C).
    split; [simpl; congruence|]. split; [simpl; congruence|].
    intros [|k] Hk; [|apply (C k); simpl in Hk; lia]. split.
    + simpl. unfold clear_row. apply map_length.
    + intros a. unfold zmat. simpl nth. now apply clear_row_spec.
Qed.

(** Increasing codes belong to different sign vectors. *)
Lemma increasing_nth l : increasing l = true -> forall i j, (i < j < length l)%nat ->
  (nth i l 0 < nth j l 0)%N.
Proof.
  induction l as [|a l IH]; intros H i j Hij; [simpl in Hij; lia|].
  assert (Hl : increasing l = true).
  { destruct l; [reflexivity|]. cbn [increasing] in H. now apply andb_prop in H. }
  assert (Ha : forall k, (k < length l)%nat -> (a < nth k l 0)%N).
  { intros k Hk. destruct l as [|b l]; [simpl in Hk; lia|]. cbn [increasing] in H.
    apply andb_prop in H as [H _]. apply N.ltb_lt in H. destruct k as [|k]; [exact H|].
    eapply N.lt_trans; [exact H|]. apply (IH Hl 0%nat (S k)). lia. }
  destruct i as [|i], j as [|j]; simpl in Hij; try lia; [apply (Ha j); lia | apply (IH Hl i j); lia].
Qed.

Section Soundness.
Variables (dimension : nat) (data : list (list Q)) (units : list positive).
Hypothesis Hdata : data_ok dimension data units = true.
Notation rows := (data_rows data units).
Notation U := (hyperplanes data units).

Lemma data_row k : (k < length data)%nat -> length (nth k rows []) = dimension /\
  (forall a, zmat rows k a = IZR (Zpos (nth k units 1%positive)) * entry2 data k a) /\
  forall w, rdot (nth k rows []) w = IZR (Zpos (nth k units 1%positive)) * height_at dimension data w k.
Proof.
  intros Hk. unfold data_ok in Hdata. apply andb_prop in Hdata as [Hl Hd].
  destruct (clear_each_spec _ _ Hd) as (_ & _ & H). destruct (H k Hk) as [A B].
  assert (Hlen : length (nth k rows []) = dimension).
  { unfold data_rows. rewrite A. apply Nat.eqb_eq. exact (forallb_nth _ _ [] Hl k Hk). }
  split; [exact Hlen|]. split; [exact B|]. intros w. unfold rdot. rewrite Hlen.
  unfold height_at. rewrite <- sum_scal. apply sum_ext. intros a _.
  change (zvec (nth k rows []) a) with (zmat rows k a). unfold data_rows. rewrite B.
  unfold entry2, entry. simpl. ring.
Qed.
Lemma length_rows : length rows = length data.
Proof.
  unfold data_ok in Hdata. apply andb_prop in Hdata as [_ Hd]. now apply clear_each_spec in Hd.
Qed.
Lemma in_hyperplanes u : In u U <-> exists k, (k < length data)%nat /\ u = nth k rows []
  /\ all_zero u = false.
Proof.
  unfold hyperplanes. rewrite filter_In, negb_true_iff. split.
  - intros [H E]. apply (In_nth _ _ []) in H as (k & Hk & <-). exists k.
    rewrite length_rows in Hk. auto.
  - intros (k & Hk & -> & E). split; [apply nth_In; now rewrite length_rows | exact E].
Qed.
Lemma zero_row k : (k < length data)%nat -> all_zero (nth k rows []) = true <->
  forall a, (a < dimension)%nat -> entry2 data k a = 0.
Proof.
  intros Hk. destruct (data_row k Hk) as (Hl & He & _).
  pose proof (IZR_Zpos (nth k units 1%positive)) as Hp. split.
  - intros H a _. pose proof (He a) as E. unfold zmat in E. rewrite all_zero_spec in E by exact H.
    apply (Rmult_eq_reg_l (IZR (Zpos (nth k units 1%positive)))); lra.
  - intros H. destruct (all_zero (nth k rows [])) eqn:E; auto. exfalso.
    destruct (pivot_spec _ E) as [Hq Hne]. apply Hne, eq_IZR. rewrite Hl in Hq.
    change (zmat rows k (pivot (nth k rows [])) = 0). rewrite He, H by exact Hq. ring.
Qed.
Lemma cell_avoids w : in_a_cell dimension data w <-> avoids U w.
Proof.
  split.
  - intros H u Hu E. apply in_hyperplanes in Hu as (k & Hk & -> & Hz).
    destruct (data_row k Hk) as (_ & _ & Hd). rewrite Hd in E.
    pose proof (IZR_Zpos (nth k units 1%positive)). apply Rmult_integral in E as [E|E]; [lra|].
    rewrite (proj2 (zero_row k Hk) (H k Hk E)) in Hz. discriminate.
  - intros H k Hk E. apply (zero_row k Hk). destruct (all_zero (nth k rows [])) eqn:Ez; auto. exfalso.
    apply (H (nth k rows [])); [apply in_hyperplanes; now exists k|].
    destruct (data_row k Hk) as (_ & _ & ->). rewrite E. ring.
Qed.
Lemma cell_signs w w' : same_cell dimension data w w' <-> signs U w = signs U w'.
Proof.
  assert (Hpos : forall k w, (k < length data)%nat ->
    0 < rdot (nth k rows []) w <-> 0 < height_at dimension data w k).
  { intros k v Hk. destruct (data_row k Hk) as (_ & _ & ->).
    pose proof (IZR_Zpos (nth k units 1%positive)). split; intros; [|now apply Rmult_lt_0_compat].
    apply (Rmult_lt_reg_l (IZR (Zpos (nth k units 1%positive)))); lra. }
  split.
  - intros H. apply map_ext_in. intros u Hu. apply in_hyperplanes in Hu as (k & Hk & -> & _).
    apply eq_true_iff_eq. rewrite !positive_at_true, !Hpos by auto. now apply H.
  - intros H k Hk. rewrite <- !Hpos by auto. destruct (all_zero (nth k rows [])) eqn:Ez.
    + rewrite !all_zero_rdot by auto. reflexivity.
    + rewrite <- !positive_at_true. rewrite (signs_at U w w'); [reflexivity | exact H|].
      apply in_hyperplanes. now exists k.
Qed.
Lemma hyperplanes_proper : proper dimension U.
Proof.
  intros u Hu. apply in_hyperplanes in Hu as (k & Hk & -> & E). split; [|exact E]. now apply data_row.
Qed.

Lemma realizing l : (forall s, In s l -> realized U s) -> exists points,
  map (signs U) points = l /\ forall w, In w points -> avoids U w.
Proof.
  induction l as [|s l IH]; intros H.
  - exists []. split; [reflexivity | intros w []].
  - destruct IH as (points & A & B); [intros s' Hs'; apply H; now right|].
    destruct (H s (or_introl eq_refl)) as (w & Hw & E). exists (w :: points).
    split; [simpl; now rewrite A, E|]. intros w' [<-|Hw']; auto.
Qed.

Theorem cell_count_sound : is_cell_count dimension data (count_cells dimension U).
Proof.
  destruct (count_cells_correct dimension U hyperplanes_proper) as (l & Hnd & Hl & Hin).
  destruct (realizing l) as (points & Ep & Hp); [intros s Hs; now apply Hin|].
  assert (Hlen : length points = length l) by (now rewrite <- Ep, map_length).
  assert (Hsig : forall i, (i < length l)%nat ->
    signs U (nth i points (fun _ => 0)) = nth i l []).
  { intros i Hi. rewrite <- Ep. symmetry. apply nth_map_lt. now rewrite Hlen. }
  exists (length l), (fun i => nth i points (fun _ => 0)). split; [|exact Hl]. split; [|split].
  - intros i Hi. apply cell_avoids, Hp, nth_In. now rewrite Hlen.
  - intros i j Hi Hj H. apply cell_signs in H. rewrite !Hsig in H by auto.
    now apply (NoDup_nth l []).
  - intros w Hw. apply cell_avoids in Hw.
    assert (H : In (signs U w) l) by (apply Hin; now exists w).
    apply (In_nth _ _ []) in H as (i & Hi & E). exists i. split; [exact Hi|]. apply cell_signs.
    now rewrite Hsig.
Qed.

(** *** The list of points *)
Variable points : list (list Q).
Notation M := (length points).
Notation ws := (clear_rows 1 points).
Definition listed (i : nat) : vector := fun a =>
  if Nat.ltb i M then entry2 points i a else - entry2 points (i - M) a.
Definition heights_of (i : nat) : row := map (zdot (nth i ws [])) U.
Hypothesis Hsize : rows_of_length dimension points && divides_rows 1 points = true.
Hypothesis Hoff : forall i, (i < M)%nat -> off_hyperplanes (heights_of i) = true.
Hypothesis Hcodes : increasing (map code (map (fun w => map (zdot w) U) ws)) = true.
Hypothesis Hcount : Z.of_nat (M + M) = count_cells dimension U.

Lemma listed_value i u : (i < M)%nat -> In u U ->
  rdot u (listed i) = IZR (zdot (nth i ws []) u) /\ rdot u (listed (M + i)) = - IZR (zdot (nth i ws []) u).
Proof.
  intros Hi Hu. apply andb_prop in Hsize as [Hl Hd]. destruct (hyperplanes_proper u Hu) as [Hlu _].
  assert (Hw : length (nth i ws []) = dimension).
  { unfold clear_rows. rewrite (nth_map_lt _ points i []) by auto. unfold clear_row. rewrite map_length.
    apply Nat.eqb_eq. exact (forallb_nth _ _ [] Hl i Hi). }
  assert (He : forall a, zmat ws i a = entry2 points i a).
  { intros a. rewrite (clear_rows_spec 1 points Hd). unfold entry2, entry. simpl. ring. }
  unfold listed. destruct (Nat.ltb_spec i M); [|lia]. destruct (Nat.ltb_spec (M + i) M); [lia|].
  replace (M + i - M)%nat with i by lia. unfold rdot. rewrite Hlu, (zdot_sum dimension) by auto. split.
  - apply sum_ext. intros a _. change (zvec (nth i ws []) a) with (zmat ws i a). rewrite He. ring.
  - replace (- sum _ _) with (-1 * sum dimension (fun a => zvec (nth i ws []) a * zvec u a)) by ring.
    rewrite <- sum_scal. apply sum_ext. intros a _. change (zvec (nth i ws []) a) with (zmat ws i a). rewrite He. ring.
Qed.
Lemma height_nonzero i u : (i < M)%nat -> In u U -> zdot (nth i ws []) u <> 0%Z.
Proof.
  intros Hi Hu. specialize (Hoff i Hi). unfold off_hyperplanes in Hoff. apply andb_prop in Hoff as [H _].
  rewrite forallb_forall in H. apply Z.eqb_neq, negb_true_iff, H. now apply in_map.
Qed.
Definition is_positive (t : Z) : bool := match t with Zpos _ => true | _ => false end.
Lemma positive_at_height w u t : rdot u w = IZR t -> positive_at w u = is_positive t.
Proof.
  intros E. unfold positive_at. rewrite E. destruct (Rlt_dec 0 (IZR t)) as [H|H].
  - apply lt_IZR in H. now destruct t.
  - destruct t; auto. elim H. now apply IZR_lt.
Qed.
Lemma listed_signs i : (i < M)%nat -> signs U (listed i) = map is_positive (heights_of i)
  /\ signs U (listed (M + i)) = map (fun t => negb (is_positive t)) (heights_of i).
Proof.
  intros Hi. unfold heights_of, signs. rewrite !map_map. split; apply map_ext_in; intros u Hu.
  - now apply positive_at_height, listed_value.
  - rewrite (positive_at_height _ _ (- zdot (nth i ws []) u))
      by (rewrite opp_IZR; now apply listed_value).
    pose proof (height_nonzero i u Hi Hu). now destruct (zdot (nth i ws []) u).
Qed.
Lemma code_of ts ts' : map is_positive ts = map is_positive ts' -> code ts = code ts'.
Proof.
  revert ts'. induction ts as [|t ts IH]; intros [|t' ts'] E; simpl in E; try discriminate; auto.
  injection E as E1 E2. simpl. rewrite (IH ts' E2). destruct t, t'; simpl in *; auto; discriminate.
Qed.

Lemma same_listed i j : (i < M)%nat -> (j < M)%nat ->
  map is_positive (heights_of i) = map is_positive (heights_of j) -> i = j.
Proof.
  intros Hi Hj E. apply code_of in E.
  assert (Hn : forall k, (k < M)%nat -> nth k (map code (map (fun w => map (zdot w) U) ws)) 0%N = code (heights_of k)).
  { intros k Hk. rewrite map_map. rewrite (nth_map_lt _ ws k []); [reflexivity|].
    unfold clear_rows. now rewrite map_length. }
  assert (Hl : length (map code (map (fun w => map (zdot w) U) ws)) = M)
    by (unfold clear_rows; now rewrite !map_length).
  destruct (Nat.lt_trichotomy i j) as [H|[H|H]]; [|exact H|].
  - pose proof (increasing_nth _ Hcodes i j ltac:(lia)) as L. rewrite !Hn in L by auto. lia.
  - pose proof (increasing_nth _ Hcodes j i ltac:(lia)) as L. rewrite !Hn in L by auto. lia.
Qed.
Lemma some_hyperplane : U <> [].
Proof.
  intros E. rewrite E in Hcount. destruct dimension as [|[|D]]; simpl in Hcount; lia.
Qed.
Lemma opposite_listed i j : (i < M)%nat -> (j < M)%nat ->
  map is_positive (heights_of i) <> map (fun t => negb (is_positive t)) (heights_of j).
Proof.
  intros Hi Hj. pose proof (Hoff i Hi) as Oi. pose proof (Hoff j Hj) as Oj.
  unfold off_hyperplanes in Oi, Oj. apply andb_prop in Oi as [_ Oi]. apply andb_prop in Oj as [_ Oj].
  unfold heights_of in *. pose proof some_hyperplane as Hne. destruct U as [|u us]; [congruence|].
  simpl in *. apply Z.ltb_lt in Oi, Oj. intros E. injection E as E _.
  destruct (zdot (nth i ws []) u), (zdot (nth j ws []) u); simpl in *; try lia; discriminate.
Qed.

Theorem cell_list_sound : representatives dimension data (M + M) listed.
Proof.
  assert (Hsplit : forall i, (i < M + M)%nat ->
    (i < M)%nat \/ exists j, (j < M)%nat /\ i = (M + j)%nat).
  { intros i Hi. destruct (Nat.lt_ge_cases i M); [now left|]. right. exists (i - M)%nat. lia. }
  assert (Hav : forall i, (i < M + M)%nat -> avoids U (listed i)).
  { intros i Hi u Hu E. destruct (Hsplit i Hi) as [Hi'|(j & Hj & ->)].
    - rewrite (proj1 (listed_value i u Hi' Hu)) in E. now apply (height_nonzero i u Hi' Hu), eq_IZR.
    - rewrite (proj2 (listed_value j u Hj Hu)) in E. apply (height_nonzero j u Hj Hu), eq_IZR. lra. }
  assert (Hinj : forall i j, (i < M + M)%nat -> (j < M + M)%nat ->
    signs U (listed i) = signs U (listed j) -> i = j).
  { intros i j Hi Hj E. destruct (Hsplit i Hi) as [Hi'|(i' & Hi' & ->)],
      (Hsplit j Hj) as [Hj'|(j' & Hj' & ->)].
    - rewrite (proj1 (listed_signs i Hi')), (proj1 (listed_signs j Hj')) in E. now apply same_listed.
    - rewrite (proj1 (listed_signs i Hi')), (proj2 (listed_signs j' Hj')) in E.
      now apply opposite_listed in E.
    - rewrite (proj2 (listed_signs i' Hi')), (proj1 (listed_signs j Hj')) in E. symmetry in E.
      now apply opposite_listed in E.
    - rewrite (proj2 (listed_signs i' Hi')), (proj2 (listed_signs j' Hj')) in E. f_equal.
      apply same_listed; auto. apply (f_equal (map negb)) in E. rewrite !map_map in E.
      rewrite (map_ext _ is_positive) in E by (intros; apply negb_involutive).
      rewrite E. apply map_ext. intros; apply negb_involutive. }
  split; [|split].
  - intros i Hi. now apply cell_avoids, Hav.
  - intros i j Hi Hj H. apply cell_signs in H. now apply Hinj.
  - intros w Hw. apply cell_avoids in Hw.
    destruct (count_cells_correct dimension U hyperplanes_proper) as (l & Hnd & Hl & Hin).
    set (found := map (fun i => signs U (listed i)) (seq 0 (M + M))).
    assert (Hnd' : NoDup found).
    { apply (NoDup_nth found []). unfold found. rewrite map_length, seq_length. intros i j Hi Hj E.
      rewrite !(nth_map_lt _ _ _ 0%nat) in E by (now rewrite seq_length).
      rewrite !seq_nth in E by auto. now apply Hinj. }
    assert (Hincl : incl l found).
    { apply NoDup_length_incl; auto.
      - unfold found. rewrite map_length, seq_length. lia.
      - intros s Hs. apply in_map_iff in Hs as (i & <- & Hi). apply in_seq in Hi. apply Hin.
        exists (listed i). split; [apply Hav; lia | reflexivity]. }
    assert (H : In (signs U w) found) by (apply Hincl, Hin; now exists w).
    apply in_map_iff in H as (i & E & Hi). apply in_seq in Hi. exists i. split; [lia|].
    now apply cell_signs.
Qed.
End Soundness.

Theorem check_cell_count_sound dimension data units cells :
  check_cell_count dimension data units cells = true -> is_cell_count dimension data cells.
Proof.
  unfold check_cell_count. intros H. apply andb_prop in H as [Hd H]. apply Z.eqb_eq in H.
  rewrite <- H. now apply cell_count_sound.
Qed.
Theorem check_cell_list_sound dimension data units cells points :
  check_cell_list dimension data units cells points = true ->
  is_cell_list dimension data cells points.
Proof.
  unfold check_cell_list. cbv zeta. intros H. apply andb_prop in H as [H Hp].
  apply andb_prop in Hp as [Hoff Hcodes]. apply andb_prop in H as [H Hdiv].
  apply andb_prop in H as [H Hlen]. apply andb_prop in H as [Hc Hcells].
  unfold check_cell_count in Hc. apply andb_prop in Hc as [Hd Hc]. apply Z.eqb_eq in Hc, Hcells.
  split; [exact Hcells|]. apply (cell_list_sound dimension data units Hd points); auto.
  - now rewrite Hlen, Hdiv.
  - intros i Hi. pose proof (forallb_nth _ _ [] Hoff i) as E.
    rewrite map_length in E. unfold clear_rows in E. rewrite map_length in E. specialize (E Hi).
    unfold heights_of, clear_rows. rewrite (nth_map_lt _ _ i []) in E by (now rewrite map_length).
    exact E.
  - congruence.
Qed.
