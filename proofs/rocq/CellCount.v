(** The number of cells of an arrangement of hyperplanes through zero, by deletion and restriction. *)
From Coq Require Import ZArith Reals Lra Lia List Bool FinFun.
From Exactland Require Import Definitions Sums Integers.
Import ListNotations.
Local Open Scope R_scope.

(** ** Sign vectors *)
Definition positive_at (w : vector) (u : row) : bool := if Rlt_dec 0 (rdot u w) then true else false.
Definition signs (U : list row) (w : vector) : list bool := map (positive_at w) U.
Definition avoids (U : list row) (w : vector) : Prop := forall u, In u U -> rdot u w <> 0.
Definition realized (U : list row) (s : list bool) : Prop := exists w, avoids U w /\ signs U w = s.
(** There are n sign vectors. *)
Definition counts (U : list row) (n : Z) : Prop := exists l : list (list bool),
  NoDup l /\ Z.of_nat (length l) = n /\ forall s, In s l <-> realized U s.

Lemma positive_at_true w u : positive_at w u = true <-> 0 < rdot u w.
Proof. unfold positive_at. destruct (Rlt_dec 0 (rdot u w)); split; try discriminate; tauto. Qed.
Lemma positive_at_scaled w w' u u' c : 0 < c -> rdot u w = c * rdot u' w' ->
  positive_at w u = positive_at w' u'.
Proof.
  intros Hc E. unfold positive_at. rewrite E.
  destruct (Rlt_dec 0 (c * rdot u' w')), (Rlt_dec 0 (rdot u' w')); auto; nra.
Qed.

Lemma counts_nil : counts [] 1.
Proof.
  exists [[]]. split; [constructor; [tauto | constructor]|]. split; [reflexivity|].
  intros s. split.
  - intros [<-|[]]. exists (fun _ => 0). split; [intros u [] | reflexivity].
  - intros (w & _ & <-). now left.
Qed.

(** A hyperplane whose side is determined by the others adds nothing. *)
Lemma counts_determined U u (g : list bool -> bool) n :
  (forall w, avoids U w -> rdot u w <> 0 /\ positive_at w u = g (signs U w)) ->
  counts U n -> counts (u :: U) n.
Proof.
  intros H (l & Hnd & Hl & Hin). exists (map (fun s => g s :: s) l).
  split; [|split].
  - apply Injective_map_NoDup; auto. intros s s' E. now injection E.
  - now rewrite map_length.
  - intros s. rewrite in_map_iff. split.
    + intros (s' & <- & Hs). apply Hin in Hs as (w & Hw & <-). exists w. destruct (H w Hw) as [A B].
      split; [intros v [<-|Hv]; auto|]. simpl. now rewrite B.
    + intros (w & Hw & <-). assert (Hw' : avoids U w) by (intros v Hv; apply Hw; now right).
      destruct (H w Hw') as [A B]. exists (signs U w). split; [simpl; now rewrite B|].
      apply Hin. now exists w.
Qed.

(** A new hyperplane cuts the cells that it meets. *)
Lemma counts_cut U u (cut : list bool -> Prop) a b :
  (forall s, realized U s -> (cut s <-> realized (u :: U) (true :: s) /\ realized (u :: U) (false :: s))) ->
  (forall s, realized U s -> realized (u :: U) (true :: s) \/ realized (u :: U) (false :: s)) ->
  counts U a ->
  (exists l, NoDup l /\ Z.of_nat (length l) = b /\ forall s, In s l <-> realized U s /\ cut s) ->
  counts (u :: U) (a + b).
Proof.
  intros Hcut Hone (l & Hnd & Hl & Hin) (lc & Hndc & Hlc & Hinc).
  assert (Hdec : forall s, {In s lc} + {~ In s lc}) by (intros s; apply in_dec, list_eq_dec, bool_dec).
  set (cuts := fun s => if Hdec s then true else false).
  assert (Hsub : forall l0, NoDup l0 -> incl l0 l -> exists l', NoDup l'
    /\ length l' = (length l0 + length (filter cuts l0))%nat /\ ~ In [] l'
    /\ forall b s, In (b :: s) l' <-> In s l0 /\ realized (u :: U) (b :: s)).
  { induction l0 as [|s l0 IH]; intros Hnd0 Hincl.
    - exists []. split; [constructor|]. split; [reflexivity|]. simpl. split; [tauto|].
      intros b0 s. tauto.
    - inversion Hnd0 as [|? ? Hs Hnd1]; subst.
      destruct (IH Hnd1) as (l' & A & B & E0 & C); [intros x Hx; apply Hincl; now right|].
      assert (Hr : realized U s) by (apply Hin, Hincl; now left).
      assert (Hnew : forall b0, ~ In (b0 :: s) l') by (intros b0 H; apply C in H; tauto).
      simpl filter. unfold cuts at 1. destruct (Hdec s) as [Hc|Hc].
      + apply Hinc in Hc as [_ Hc]. apply (Hcut s Hr) in Hc as [Ht Hf].
        exists ((true :: s) :: (false :: s) :: l'). split; [|split; [|split]].
        * constructor; [intros [|H]; [discriminate | now apply (Hnew true)]|]. constructor; auto.
        * simpl. rewrite B. lia.
        * simpl. intros [|[|]]; [discriminate | discriminate | tauto].
        * intros b0 s0. simpl. rewrite C. split.
          -- intros [E|[E|H]]; [injection E as <- <-; tauto | injection E as <- <-; tauto | tauto].
          -- intros [[<-|H] H']; [destruct b0; tauto | tauto].
      + assert (Hone' : exists b0, realized (u :: U) (b0 :: s) /\ ~ realized (u :: U) (negb b0 :: s)).
        { destruct (Hone s Hr) as [H|H]; [exists true | exists false]; (split; [exact H|]);
            intros H'; apply Hc, Hinc; (split; [exact Hr|]); apply (Hcut s Hr); now split. }
        destruct Hone' as (b0 & Hyes & Hno). exists ((b0 :: s) :: l'). split; [|split; [|split]].
        * constructor; auto.
        * simpl. now rewrite B.
        * simpl. intros [|]; [discriminate | tauto].
        * intros b1 s0. simpl. rewrite C. split.
          -- intros [E|H]; [injection E as <- <-; tauto | tauto].
          -- intros [[<-|H] H']; [|tauto]. left. f_equal. destruct b0, b1; auto; now elim Hno. }
  destruct (Hsub l Hnd (incl_refl l)) as (l' & A & B & E0 & C). exists l'. split; [exact A|].
  assert (El : length (filter cuts l) = length lc).
  { apply Nat.le_antisymm; apply NoDup_incl_length; auto.
    - now apply NoDup_filter.
    - intros s Hs. apply filter_In in Hs as [_ Hs]. unfold cuts in Hs. now destruct (Hdec s).
    - intros s Hs. apply filter_In. split; [apply Hin; now apply Hinc|]. unfold cuts.
      now destruct (Hdec s). }
  split; [rewrite B, El; lia|]. intros s. destruct s as [|b0 s].
  - split; [contradiction|]. intros (w & _ & E). discriminate.
  - rewrite C. split; [tauto|]. intros H. split; [|exact H]. apply Hin.
    destruct H as (w & Hw & E). exists w. split; [intros v Hv; apply Hw; now right|].
    simpl in E. now injection E.
Qed.

(** ** Restriction to a hyperplane *)
(** Without place q: of rows, and of vectors. *)
Fixpoint remove_at (q : nat) (u : row) : row :=
  match q, u with O, _ :: r => r | S q', a :: r => a :: remove_at q' r | _, [] => [] end.
Definition remove_entry (q : nat) (w : vector) : vector := fun a => if Nat.ltb a q then w a else w (S a).

Lemma length_remove_at q u : (q < length u)%nat -> S (length (remove_at q u)) = length u.
Proof.
  revert q. induction u as [|a u IH]; intros [|q] H; simpl in *; try lia. rewrite IH; lia.
Qed.
Lemma rdot_cons a u w : rdot (a :: u) w = IZR a * w O + rdot u (fun k => w (S k)).
Proof. unfold rdot. simpl length. rewrite sum_shift. reflexivity. Qed.
Lemma rdot_remove q u w : (q < length u)%nat ->
  rdot u w = zvec u q * w q + rdot (remove_at q u) (remove_entry q w).
Proof.
  revert q w. induction u as [|a u IH]; intros [|q] w H; simpl in H; try lia.
  - rewrite rdot_cons. simpl. f_equal.
  - rewrite rdot_cons, (IH q) by lia. simpl remove_at. rewrite rdot_cons.
    assert (E : rdot (remove_at q u) (remove_entry q (fun k => w (S k)))
      = rdot (remove_at q u) (fun k => remove_entry (S q) w (S k))) by (apply rdot_ext; reflexivity).
    rewrite E. unfold remove_entry at 2. simpl. unfold zvec. simpl. ring.
Qed.
(** The point of the hyperplane u = 0 over a point of the space without place q. *)
Definition lift (u : row) (q : nat) (w : vector) : vector := fun a =>
  if Nat.ltb a q then w a else if Nat.eqb a q then - rdot (remove_at q u) w / zvec u q else w (pred a).
Lemma remove_lift u q w a : remove_entry q (lift u q w) a = w a.
Proof.
  unfold remove_entry, lift. destruct (Nat.ltb_spec a q) as [H|H].
  - destruct (Nat.ltb_spec a q); [reflexivity | lia].
  - destruct (Nat.ltb_spec (S a) q); [lia|]. destruct (Nat.eqb_spec (S a) q); [lia | reflexivity].
Qed.
Lemma rdot_lift u q w : (q < length u)%nat -> zvec u q <> 0 -> rdot u (lift u q w) = 0.
Proof.
  intros Hq Hu. rewrite (rdot_remove q) by auto.
  rewrite (rdot_ext _ (remove_entry q (lift u q w)) w) by (intros; apply remove_lift).
  unfold lift. rewrite Nat.ltb_irrefl, Nat.eqb_refl. field. exact Hu.
Qed.

Definition eliminated (u : row) (q : nat) (v : row) : row :=
  let a := nth q u 0%Z in vadd (smul (Z.abs a) v) (smul (- Z.sgn a * nth q v 0) u)%Z.
Definition restrict_row (u : row) (q : nat) (v : row) : row := remove_at q (eliminated u q v).

Section Restriction.
Variables (u : row) (q : nat).
Hypothesis Hq : (q < length u)%nat.
Hypothesis Hu : nth q u 0%Z <> 0%Z.
Notation factor := (IZR (Z.abs (nth q u 0%Z))).

Lemma factor_pos : 0 < factor.
Proof. apply IZR_lt. lia. Qed.
Lemma pivot_nonzero : zvec u q <> 0.
Proof. unfold zvec. now apply not_0_IZR. Qed.
Lemma rdot_eliminated v w : length v = length u ->
  rdot (eliminated u q v) w = factor * rdot v w - IZR (Z.sgn (nth q u 0%Z)) * zvec v q * rdot u w.
Proof.
  intros Hv. unfold eliminated. cbv zeta.
  rewrite rdot_vadd, !rdot_smul by (rewrite !length_smul; auto).
  unfold zvec. rewrite mult_IZR, opp_IZR. ring.
Qed.
Lemma length_eliminated v : length v = length u -> length (eliminated u q v) = length u.
Proof. intros Hv. unfold eliminated. cbv zeta. rewrite length_vadd; rewrite !length_smul; auto. Qed.
Lemma eliminated_at v : length v = length u -> zvec (eliminated u q v) q = 0.
Proof.
  intros Hv. unfold eliminated. cbv zeta.
  rewrite zvec_vadd, !zvec_smul by (rewrite !length_smul; auto).
  unfold zvec. rewrite <- !mult_IZR, <- plus_IZR. f_equal.
  destruct (nth q u 0%Z); simpl Z.sgn; simpl Z.abs; lia.
Qed.
Lemma restricted v w : length v = length u ->
  rdot (restrict_row u q v) (remove_entry q w) =
  factor * rdot v w - IZR (Z.sgn (nth q u 0%Z)) * zvec v q * rdot u w.
Proof.
  intros Hv. rewrite <- rdot_eliminated by auto.
  rewrite (rdot_remove q (eliminated u q v)) by (rewrite length_eliminated; auto).
  rewrite eliminated_at by auto. unfold restrict_row. ring.
Qed.
Lemma length_restrict v : length v = length u -> S (length (restrict_row u q v)) = length u.
Proof.
  intros Hv. unfold restrict_row. rewrite length_remove_at; rewrite length_eliminated; auto.
Qed.
Lemma restricted_lift v w : length v = length u ->
  rdot (restrict_row u q v) w = factor * rdot v (lift u q w).
Proof.
  intros Hv. rewrite (rdot_ext _ w (remove_entry q (lift u q w))) by (intros; now rewrite remove_lift).
  rewrite restricted, rdot_lift by (auto; apply pivot_nonzero). ring.
Qed.

(** A hyperplane that is already there. *)
Lemma counts_parallel U v n : In v U -> length v = length u ->
  all_zero (restrict_row u q v) = true -> counts U n -> counts (u :: U) n.
Proof.
  intros Hin Hv Hz.
  assert (E : forall w, factor * rdot v w = IZR (Z.sgn (nth q u 0%Z)) * zvec v q * rdot u w).
  { intros w. pose proof (restricted v w Hv) as E. rewrite all_zero_rdot in E by auto. lra. }
  destruct (In_nth _ _ [] Hin) as (k & Hk & Ek).
  set (c := IZR (Z.sgn (nth q u 0%Z)) * zvec v q) in *. pose proof factor_pos as Hf.
  apply (counts_determined U u (fun s => if Rlt_dec 0 c then nth k s false else negb (nth k s false))).
  intros w Hw. pose proof (Hw v Hin) as Hvw. specialize (E w).
  assert (Hne : rdot u w <> 0).
  { intros E0. rewrite E0, Rmult_0_r in E. apply Rmult_integral in E as [|]; lra. }
  split; [exact Hne|]. unfold signs.
  assert (En : nth k (map (positive_at w) U) false = positive_at w v).
  { rewrite (nth_map_lt _ _ k []) by auto. now rewrite Ek. }
  rewrite En. unfold positive_at. destruct (Rlt_dec 0 c).
  - destruct (Rlt_dec 0 (rdot u w)), (Rlt_dec 0 (rdot v w)); auto; exfalso; nra.
  - destruct (Rlt_dec 0 (rdot u w)), (Rlt_dec 0 (rdot v w)); auto; exfalso; nra.
Qed.

Lemma move_keeps U w z : avoids U w -> eventually (fun t =>
  avoids U (fun a => w a + t * z a) /\ signs U (fun a => w a + t * z a) = signs U w).
Proof.
  assert (Hmove : forall v t, rdot v (fun a => w a + t * z a) = rdot v w + t * rdot v z).
  { intros v t. unfold rdot. rewrite <- sum_scal, <- sum_plus. apply sum_ext; intros; ring. }
  induction U as [|v U IH]; intros Hw.
  - exists 1. split; [lra|]. intros t _. split; [intros v [] | reflexivity].
  - assert (Hv : 0 < Rabs (rdot v w)) by (apply Rabs_pos_lt, Hw; now left).
    pose proof (eventually_and _ _ (eventually_small (rdot v z) _ Hv)
      (IH (fun v' Hv' => Hw v' (or_intror Hv')))) as H.
    apply (eventually_impl _ _ H). intros t _ (A & B & C).
    assert (D : rdot v (fun a => w a + t * z a) <> 0 /\
      positive_at (fun a => w a + t * z a) v = positive_at w v).
    { rewrite Hmove. unfold positive_at. rewrite Hmove. revert A Hv. unfold Rabs.
      destruct (Rcase_abs (t * rdot v z)), (Rcase_abs (rdot v w)),
        (Rlt_dec 0 (rdot v w + t * rdot v z)), (Rlt_dec 0 (rdot v w)); intros; split; auto; lra. }
    split; [intros v' [<-|Hv']; [apply D | now apply B]|]. simpl. now rewrite C, (proj2 D).
Qed.

Lemma counts_insert U a b : (forall v, In v U -> length v = length u) ->
  (forall v, In v U -> all_zero (restrict_row u q v) = false) ->
  counts U a -> counts (map (restrict_row u q) U) b -> counts (u :: U) (a + b).
Proof.
  intros Hlen Hnz Ha (l & Hnd & Hl & Hin). pose proof factor_pos as Hf.
  set (V := map (restrict_row u q) U) in *.
  assert (Hown : 0 < rdot u (zvec u)).
  { pose proof pivot_nonzero as Hp. unfold rdot.
    assert (H0 : 0 <= sum (length u) (fun k => zvec u k * zvec u k)) by (apply sum_ge0; intros; nra).
    destruct (Req_dec (sum (length u) (fun k => zvec u k * zvec u k)) 0) as [E|]; [|lra].
    exfalso. assert (Eq : zvec u q * zvec u q = 0).
    { apply (sum_zero_ge0 (length u) (fun k => zvec u k * zvec u k)); auto. intros. apply Rle_0_sqr. }
    apply Rmult_integral in Eq. tauto. }
  assert (Hmove : forall t w, rdot u (fun k => w k + t * zvec u k) = rdot u w + t * rdot u (zvec u)).
  { intros t w. unfold rdot. rewrite <- sum_scal, <- sum_plus. apply sum_ext; intros; ring. }
  assert (Hon : forall s, realized V s <-> exists w, rdot u w = 0 /\ avoids U w /\ signs U w = s).
  { intros s. split.
    - intros (w & Hw & <-). exists (lift u q w). split; [apply rdot_lift; auto; apply pivot_nonzero|].
      split.
      + intros v Hv E. apply (Hw (restrict_row u q v)); [now apply in_map|].
        rewrite restricted_lift, E by auto. ring.
      + unfold signs, V. rewrite map_map. apply map_ext_in. intros v Hv. symmetry.
        apply (positive_at_scaled _ _ _ _ factor); auto. apply restricted_lift; auto.
    - intros (w & Hz & Hw & <-). exists (remove_entry q w). split.
      + intros v' Hv' E. apply in_map_iff in Hv' as (v & <- & Hv). apply (Hw v Hv).
        rewrite restricted, Hz in E by auto. apply (Rmult_eq_reg_l factor); lra.
      + unfold signs, V. rewrite map_map. apply map_ext_in. intros v Hv.
        apply (positive_at_scaled _ _ _ _ factor); auto. rewrite restricted, Hz by auto. ring. }
  assert (Hpush : forall w e, avoids U w -> rdot u w = 0 -> e = 1 \/ e = -1 ->
    realized (u :: U) ((if Rlt_dec 0 e then true else false) :: signs U w)).
  { intros w e Hw Hz He. destruct (eventually_some _ (move_keeps U w (fun k => e * zvec u k) Hw))
      as (t & Ht & A & B).
    exists (fun k => w k + t * (e * zvec u k)).
    assert (Eu : rdot u (fun k => w k + t * (e * zvec u k)) = t * e * rdot u (zvec u)).
    { rewrite (rdot_ext _ _ (fun k => w k + (t * e) * zvec u k)) by (intros; ring).
      rewrite Hmove, Hz. ring. }
    split.
    - intros v [<-|Hv]; [rewrite Eu | now apply A].
      repeat apply Rmult_integral_contrapositive_currified; lra.
    - simpl. rewrite B. f_equal. unfold positive_at. rewrite Eu.
      destruct (Rlt_dec 0 e), (Rlt_dec 0 (t * e * rdot u (zvec u))); auto; exfalso.
      + apply n. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra | lra].
      + assert (e = -1) by lra. subst e. nra. }
  apply (counts_cut U u (realized V)).
  - intros s Hs. rewrite Hon. split.
    + intros (w & Hz & Hw & <-). pose proof (Hpush w 1 Hw Hz (or_introl eq_refl)) as H1.
      pose proof (Hpush w (-1) Hw Hz (or_intror eq_refl)) as H2.
      destruct (Rlt_dec 0 1); [|lra]. destruct (Rlt_dec 0 (-1)); [lra|]. tauto.
    + intros [(w1 & A1 & B1) (w2 & A2 & B2)]. injection B1 as C1 D1. injection B2 as C2 D2.
      apply positive_at_true in C1.
      assert (C2' : rdot u w2 < 0).
      { unfold positive_at in C2. destruct (Rlt_dec 0 (rdot u w2)); [discriminate|].
        pose proof (A2 u (or_introl eq_refl)). lra. }
      set (s1 := - rdot u w2). set (s2 := rdot u w1).
      assert (Hc : forall v, rdot v (fun k => s1 * w1 k + s2 * w2 k) = s1 * rdot v w1 + s2 * rdot v w2).
      { intros v. unfold rdot. rewrite <- !sum_scal, <- sum_plus. apply sum_ext; intros; ring. }
      assert (Hsame : forall v, In v U -> positive_at w1 v = positive_at w2 v).
      { intros v Hv. destruct (In_nth _ _ [] Hv) as (k & Hk & <-).
        rewrite <- (nth_map_lt (positive_at w1) U k [] false Hk), <- (nth_map_lt (positive_at w2) U k [] false Hk).
        change (map (positive_at w1) U) with (signs U w1). change (map (positive_at w2) U) with (signs U w2).
        congruence. }
      exists (fun k => s1 * w1 k + s2 * w2 k). split; [rewrite Hc; unfold s1, s2; ring|].
      assert (Hkeep : forall v, In v U -> rdot v (fun k => s1 * w1 k + s2 * w2 k) <> 0
        /\ positive_at (fun k => s1 * w1 k + s2 * w2 k) v = positive_at w1 v).
      { intros v Hv. specialize (Hsame v Hv). pose proof (A1 v (or_intror Hv)). pose proof (A2 v (or_intror Hv)).
        assert (0 < s1) by (unfold s1; lra). assert (0 < s2) by exact C1.
        unfold positive_at in *. rewrite Hc.
        destruct (Rlt_dec 0 (rdot v w1)), (Rlt_dec 0 (rdot v w2)); try discriminate.
        - assert (0 < s1 * rdot v w1) by (now apply Rmult_lt_0_compat).
          assert (0 < s2 * rdot v w2) by (now apply Rmult_lt_0_compat).
          destruct (Rlt_dec 0 (s1 * rdot v w1 + s2 * rdot v w2)); [split; auto; lra | lra].
        - assert (0 < s1 * - rdot v w1) by (apply Rmult_lt_0_compat; lra).
          assert (0 < s2 * - rdot v w2) by (apply Rmult_lt_0_compat; lra).
          destruct (Rlt_dec 0 (s1 * rdot v w1 + s2 * rdot v w2)); [lra | split; auto; lra]. }
      split; [intros v Hv; now apply Hkeep|]. rewrite <- D1. apply map_ext_in. intros v Hv. now apply Hkeep.
  - intros s (w & Hw & <-). destruct (Req_dec (rdot u w) 0) as [E|E].
    + left. pose proof (Hpush w 1 Hw E (or_introl eq_refl)) as H. destruct (Rlt_dec 0 1); [exact H | lra].
    + assert (H : realized (u :: U) (positive_at w u :: signs U w)).
      { exists w. split; [intros v [<-|Hv]; auto | reflexivity]. }
      destruct (positive_at w u); auto.
  - exact Ha.
  - exists l. split; [exact Hnd|]. split; [exact Hl|]. intros s. rewrite Hin. split; [|tauto].
    intros H. split; [|exact H]. apply Hon in H as (w & _ & Hw & E). now exists w.
Qed.
End Restriction.

(** ** The number *)
(** A positive multiple of the row, shorter where possible. *)
Definition primitive (u : row) : row :=
  let g := fold_right Z.gcd 0%Z u in let v := map (fun z => Z.div z g) u in
  if Z.ltb 0 g && row_eqb (smul g v) u then v else u.
Definition some_zero (U : list row) : bool := existsb all_zero U.
Fixpoint pivot (u : row) : nat := match u with 0%Z :: r => S (pivot r) | _ => O end.
Fixpoint count_cells (D : nat) : list row -> Z :=
  match D with
  | O => fun _ => 1%Z
  | S O => fun U => match U with [] => 1%Z | _ => 2%Z end
  | S D' => fun U =>
      (fix insert (U : list row) : Z :=
         match U with
         | [] => 1%Z
         | u :: U' =>
             let V := map (restrict_row u (pivot u)) U' in
             if some_zero V then insert U' else (insert U' + count_cells D' V)%Z
         end) (map primitive U)
  end.

Lemma primitive_spec u : length (primitive u) = length u /\
  exists c, 0 < c /\ forall w, rdot u w = c * rdot (primitive u) w.
Proof.
  unfold primitive. cbv zeta. set (g := fold_right Z.gcd 0%Z u). set (v := map (fun z => (z / g)%Z) u).
  destruct (Z.ltb 0 g && row_eqb (smul g v) u) eqn:E.
  - apply andb_prop in E as [Hg Hv]. apply Z.ltb_lt, IZR_lt in Hg. apply row_eqb_eq in Hv.
    split; [unfold v; apply map_length|]. exists (IZR g). split; [exact Hg|].
    intros w. rewrite <- Hv at 1. apply rdot_smul.
  - split; [reflexivity|]. exists 1. split; [lra|]. intros; ring.
Qed.
Lemma counts_scaled (f : row -> row) U n :
  (forall u, In u U -> exists c, 0 < c /\ forall w, rdot u w = c * rdot (f u) w) ->
  counts (map f U) n -> counts U n.
Proof.
  intros H (l & Hnd & Hl & Hin). exists l. split; [exact Hnd|]. split; [exact Hl|].
  intros s. rewrite Hin. unfold realized.
  assert (E : forall w, signs (map f U) w = signs U w).
  { intros w. unfold signs. rewrite map_map. apply map_ext_in. intros u Hu.
    destruct (H u Hu) as (c & Hc & Hu'). symmetry. now apply (positive_at_scaled _ _ _ _ c). }
  assert (A : forall w, avoids (map f U) w <-> avoids U w).
  { intros w. split.
    - intros Hw u Hu E0. destruct (H u Hu) as (c & Hc & Hu').
      apply (Hw (f u)); [now apply in_map|]. rewrite Hu' in E0. apply Rmult_integral in E0 as [|]; lra.
    - intros Hw v Hv E0. apply in_map_iff in Hv as (u & <- & Hu). destruct (H u Hu) as (c & Hc & Hu').
      apply (Hw u Hu). rewrite Hu', E0. ring. }
  split; intros (w & Hw & <-); exists w; (split; [now apply A | now rewrite E]).
Qed.

Lemma pivot_spec u : all_zero u = false -> (pivot u < length u)%nat /\ nth (pivot u) u 0%Z <> 0%Z.
Proof.
  induction u as [|a u IH]; intros H; simpl in H; [discriminate|].
  destruct a; simpl in *; [destruct (IH H); split; [lia|auto] | split; [lia|discriminate] ..].
Qed.
Definition proper (D : nat) (U : list row) : Prop :=
  forall u, In u U -> length u = D /\ all_zero u = false.

Lemma some_zero_spec (f : row -> row) U : some_zero (map f U) = true ->
  exists v, In v U /\ all_zero (f v) = true.
Proof.
  intros H. apply existsb_exists in H as (x & Hx & E). apply in_map_iff in Hx as (v & <- & Hv).
  now exists v.
Qed.
Lemma some_zero_false (f : row -> row) U : some_zero (map f U) = false ->
  forall v, In v U -> all_zero (f v) = false.
Proof.
  intros H v Hv. destruct (all_zero (f v)) eqn:E; auto. exfalso.
  assert (some_zero (map f U) = true); [|congruence].
  apply existsb_exists. exists (f v). split; [now apply in_map | exact E].
Qed.

(** One hyperplane more. *)
Lemma counts_step D u U (a b : Z) : proper (S D) (u :: U) ->
  let V := map (restrict_row u (pivot u)) U in
  counts U a -> (proper D V -> counts V b) ->
  counts (u :: U) (if some_zero V then a else a + b).
Proof.
  intros Hp V Ha Hb. destruct (Hp u (or_introl eq_refl)) as [Hl Hz].
  destruct (pivot_spec u Hz) as [Hq Hu]. destruct (some_zero V) eqn:E.
  - apply some_zero_spec in E as (v & Hv & E). apply (counts_parallel u (pivot u) Hq Hu U v a); auto.
    rewrite Hl. now apply Hp; right.
  - apply (counts_insert u (pivot u) Hq Hu U a b); auto.
    + intros v Hv. rewrite Hl. now apply Hp; right.
    + now apply some_zero_false.
    + apply Hb. intros v' Hv'. apply in_map_iff in Hv' as (v & <- & Hv).
      split; [|now apply (some_zero_false _ _ E)].
      assert (S (length (restrict_row u (pivot u) v)) = length u); [|lia].
      apply length_restrict; auto. rewrite Hl. now apply Hp; right.
Qed.

Theorem count_cells_correct D : forall U, proper D U -> counts U (count_cells D U).
Proof.
  assert (Hnil : forall V, proper 0 V -> V = []).
  { intros [|v V] H; auto. destruct (H v (or_introl eq_refl)) as [A B]. now destruct v. }
  assert (Hone : forall U, proper 1 U -> counts U (match U with [] => 1 | _ => 2 end)).
  { induction U as [|u U IH]; intros Hp; [apply counts_nil|].
    pose proof (counts_step 0 u U _ 1 Hp (IH (fun v Hv => Hp v (or_intror Hv)))) as H. cbv zeta in H.
    assert (E : (if some_zero (map (restrict_row u (pivot u)) U) then match U with [] => 1 | _ => 2 end
      else match U with [] => 1 | _ => 2 end + 1)%Z = 2%Z).
    { destruct U as [|v U]; [reflexivity|]. simpl.
      assert (Hlen : length (restrict_row u (pivot u) v) = O).
      { destruct (Hp u (or_introl eq_refl)) as [Hl Hz]. destruct (pivot_spec u Hz) as [Hq Hu].
        assert (S (length (restrict_row u (pivot u) v)) = length u); [|lia].
        apply length_restrict; auto. rewrite Hl. now apply Hp; right; left. }
      now destruct (restrict_row u (pivot u) v). }
    rewrite E in H. apply H. intros Hp'. rewrite (Hnil _ Hp'). apply counts_nil. }
  induction D as [|D IH]; intros U Hp.
  - rewrite (Hnil U Hp). apply counts_nil.
  - destruct D as [|D]; [now apply Hone|].
    apply (counts_scaled primitive); [intros u _; apply primitive_spec|].
    assert (Hp' : proper (S (S D)) (map primitive U)).
    { intros v Hv. apply in_map_iff in Hv as (u & <- & Hu). destruct (Hp u Hu) as [A B].
      destruct (primitive_spec u) as (E & c & Hc & Hw). split; [congruence|].
      destruct (all_zero (primitive u)) eqn:Ez; auto. exfalso.
      destruct (pivot_spec u B) as [Hq Hu'].
      set (e := fun k => if Nat.eqb k (pivot u) then 1 else 0).
      assert (Hr : rdot u e = zvec u (pivot u)).
      { unfold rdot. rewrite (sum_single _ _ _ Hq); unfold e.
        - rewrite Nat.eqb_refl. ring.
        - intros k _ Hne. destruct (Nat.eqb_spec k (pivot u)); [congruence | ring]. }
      rewrite Hw, all_zero_rdot in Hr by auto. unfold zvec in Hr. apply Hu', eq_IZR. lra. }
    cbn [count_cells]. revert Hp'. generalize (map primitive U) as V. clear U Hp.
    induction V as [|u V IHV]; intros Hp; [apply counts_nil|].
    apply (counts_step (S D) u V); auto. apply IHV. intros v Hv. now apply Hp; right.
Qed.
